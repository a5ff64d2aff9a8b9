import { problemCodes, problemMembers, problemType } from '../problems/problem-codes.js';
import type { SchemaObject } from './operations.js';

/** @returns the schema of every error answer, with the codes and members that are registered so far */
export function problemSchema(): SchemaObject {
  return {
    type: 'object',
    description: 'RFC 9457. Some codes add what mends the request, such as `currentVersion`.',
    required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'traceId'],
    properties: {
      type: { type: 'string', format: 'uri-reference', example: problemType('VALIDATION_FAILED') },
      title: { type: 'string' },
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: { type: 'string', description: 'What is particular to this occurrence.' },
      instance: { type: 'string', format: 'uri-reference', description: 'The path of the request.' },
      code: { type: 'string', description: 'Stable: decide by this one.', enum: [...problemCodes()] },
      traceId: { type: 'string', description: 'The `X-Request-Id` of the request.' },
      errors: { type: 'array', items: FIELD_ERROR },
      ...problemMembers(),
    },
  };
}

const FIELD_ERROR: SchemaObject = {
  type: 'object',
  required: ['pointer', 'code', 'message'],
  properties: {
    pointer: { type: 'string', description: 'RFC 6901, into the body; `/name` for a query parameter.' },
    code: { type: 'string' },
    message: { type: 'string' },
  },
};
