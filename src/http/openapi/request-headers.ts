import { IDEMPOTENCY_KEY } from '../headers/idempotency-key.js';
import type { DocumentedOperation } from './operations.js';

/** `Prefer` never makes a request fail: unknown preferences are ignored. */
export const PREFER = {
  name: 'Prefer',
  required: false,
  description: '`return=minimal` for the version alone. Other preferences are ignored (RFC 7240).',
  schema: { type: 'string' },
} as const;

const REQUEST_ID = {
  name: 'X-Request-Id',
  in: 'header',
  required: false,
  description:
    'The id of the request, in its answer and its events: 1 to 128 visible ASCII characters. ' +
    'Any other value is replaced by a new id.',
  schema: { type: 'string' },
} as const;

const KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Names the request for seven days: a repeat under the same key has no second effect and gets the same answer. ' +
    '1 to 255 visible ASCII characters, bare or in double quotes; a UUID if the request has no credentials. ' +
    'A key belongs to one caller and one path.',
  schema: { type: 'string', pattern: IDEMPOTENCY_KEY.source },
} as const;

/** Describes the request headers that no controller reads. */
export function describeRequestHeaders({ operation, isOfApi, isChange }: DocumentedOperation): void {
  operation.parameters = [...(operation.parameters ?? []), ...(isOfApi && isChange ? [KEY] : []), REQUEST_ID];
}
