import { eventually } from '../support/eventually.js';
import type { Service } from '../support/service.js';

/** The relay, as `GET /v1/projections` shows it. */
export interface RelayStatus {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly lag: number;
  readonly parked: number;
}

/** Waits until the relay is as wanted. */
export async function relayBecomes(
  service: Service,
  isThere: (status: RelayStatus) => boolean,
): Promise<RelayStatus> {
  const found = await eventually(
    'the relay to be as wanted',
    async () =>
      (await service.http.get<RelayStatus[]>('/v1/projections')).body.find(({ name }) => name === 'kafka'),
    (status) => status !== undefined && isThere(status),
  );
  if (!found) throw new Error('There is no relay.');
  return found;
}
