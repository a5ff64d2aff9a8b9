import type { SchemaObject } from '../http/openapi/operations.js';
import { registerProblems } from '../http/problems/problem-codes.js';

const PARTS: SchemaObject = {
  type: 'object',
  description: '`GET /health/ready`: the parts, by name.',
  additionalProperties: { type: 'object', additionalProperties: true },
};

// What is not ready is OVERLOADED, with the parts that say why.
registerProblems({}, { info: PARTS, error: PARTS, details: PARTS });
