import { request } from 'undici';
import { ReplayError } from './errors.js';
import { type Service, startService } from './own-service.js';

/** Which service is wanted: the one at `url`, one of the replay's `own`, or, with neither, whichever there is. */
export interface ServiceChoice {
  readonly url?: string;
  readonly own?: boolean;
}

/** Where the service is by default. */
export const DEFAULT_ORIGIN = 'http://127.0.0.1:3000';

const PROBE_MS = 2_000;

/** Whether the service at `origin` says that it is ready. No answer is no. */
export async function isReady(origin: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${origin}/health/ready`, {
      signal: AbortSignal.timeout(PROBE_MS),
    });
    await body.dump();
    return statusCode === 200;
  } catch {
    // Nobody listens there (yet), or nobody who speaks HTTP: the caller decides what that means.
    return false;
  }
}

/**
 * Finds or starts the service, and says which. What may change the catalogue of one that runs is read from `ADMIN_TOKEN`.
 *
 * @throws ReplayError where the service asked for is not ready, or none can be started
 */
export async function findService(
  { url, own = false }: ServiceChoice,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Service> {
  const origin = url ?? DEFAULT_ORIGIN;
  if (!own && (await isReady(origin))) {
    say(`Replaying into the service at ${origin}`);
    return { origin, adminToken: process.env['ADMIN_TOKEN'], stop: () => Promise.resolve() };
  }
  if (url !== undefined) {
    throw new ReplayError(`the service at ${url} is not ready`, 1);
  }
  const service = await startService({ isReady, signal });
  say(`Replaying into a service of its own at ${service.origin}`);
  return service;
}
