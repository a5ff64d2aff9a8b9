import type { OpenAPIObject } from '@nestjs/swagger';
import { markProblems } from './problems.js';
import { API_PREFIX } from '../route-options.js';

type OperationObject = NonNullable<OpenAPIObject['paths'][string]['get']>;

const METHODS = ['put', 'post', 'delete', 'patch'] as const;

const KEY = {
  name: 'Idempotency-Key',
  in: 'header' as const,
  required: false,
  description:
    'Names the request, so that sending it again does it once and is answered as at first, for seven days. Visible ASCII, bare or in double ' +
    'quotes; a UUID where the request carries no credentials. It counts for this caller and this path alone.',
  schema: { type: 'string' as const, minLength: 1, maxLength: 255 },
  example: '7f2c1a3e-0f7c-4b5a-a381-fbd26ce46ce4',
};
const REPLAYED = {
  description: '`true` where the answer is that of an earlier request with the same key.',
  schema: { type: 'string' as const, enum: ['true'] },
};

/** Says of every operation of `document` that changes something what it may be refused with for its key. Call it before `addProblems`. */
export function addKeyProblems(document: OpenAPIObject): void {
  for (const operation of changesOf(document)) {
    markProblems(operation, 'INVALID_IDEMPOTENCY_KEY', 'IDEMPOTENCY_KEY_REUSED');
  }
}

/** Says of the same operations that they take a key, and how a repeat is told. Call it last, when all answers are there. */
export function addKeys(document: OpenAPIObject): void {
  for (const operation of changesOf(document)) {
    operation.parameters = [...(operation.parameters ?? []), KEY];
    for (const [status, response] of Object.entries(operation.responses)) {
      if (response === undefined || '$ref' in response || !isKept(Number(status))) continue;
      response.headers = { ...response.headers, 'Idempotent-Replayed': REPLAYED };
    }
  }
}

/** Whether an answer with this status may be given again. */
function isKept(status: number): boolean {
  return status < 300 || [402, 403, 404, 409, 422].includes(status);
}

function changesOf({ paths }: OpenAPIObject): OperationObject[] {
  return Object.entries(paths)
    .filter(([path]) => path.startsWith(`/${API_PREFIX}/`))
    .flatMap(([, item]) => METHODS.flatMap((method) => item[method] ?? []));
}
