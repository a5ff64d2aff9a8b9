import type { SchemaObject } from '../http/openapi/operations.js';
import { registerProblems } from '../http/problems/problem-codes.js';

const PARTS: SchemaObject = {
  type: 'object',
  description: '`GET /health/ready`: the parts, by name.',
  additionalProperties: { type: 'object', additionalProperties: true },
};

// A process that is not ready answers OVERLOADED, with the parts that are down.
registerProblems({}, { info: PARTS, error: PARTS, details: PARTS });
