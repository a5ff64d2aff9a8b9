import { PROBLEM_CODES, problemType, type ProblemCode } from '../problems/problem-codes.js';
import type { SchemaObject } from './operations.js';

export const EXAMPLE_ID = '01a2072e-0f7c-753a-a381-fbd26ce46ce4';
export const EXAMPLE_PATH = `/v1/carts/${EXAMPLE_ID}`;
const COUNT: SchemaObject = { type: 'integer', format: 'int64', minimum: 0 };
const HEALTH: SchemaObject = {
  type: 'object',
  description: '`GET /health/ready`: the parts, by name.',
  additionalProperties: { type: 'object', additionalProperties: true },
};

/** The data that mends a request, by example. */
export const EXAMPLE_DATA: Partial<Record<ProblemCode, Record<string, unknown>>> = {
  VALIDATION_FAILED: {
    errors: [{ pointer: '/quantity', code: 'IS_INT', message: 'must be an integer number' }],
  },
  ACTIVE_CART_EXISTS: { cartId: EXAMPLE_ID },
  VERSION_MISMATCH: { currentVersion: 13 },
};

/** What mends a request, or says how things stand. No problem has a member that is not here. */
const MEMBERS_OF_CODES: Readonly<Record<string, SchemaObject>> = {
  currentVersion: { ...COUNT, description: 'VERSION_MISMATCH, VERSION_NOT_FOUND: the version there is.' },
  cartId: { type: 'string', format: 'uuid', description: 'ACTIVE_CART_EXISTS: the cart to go on with.' },
  cartStatus: { type: 'string', description: 'CART_CLOSED: what has become of it.' },
  cartCurrency: { type: 'string', description: 'CURRENCY_MISMATCH.' },
  claimedCurrency: { type: 'string', description: 'CURRENCY_MISMATCH of a claim: that of the guest cart.' },
  productCurrency: { type: 'string', description: 'CURRENCY_MISMATCH.' },
  minimum: { ...COUNT, description: 'QUANTITY_OUT_OF_RANGE, AMOUNT_OUT_OF_RANGE: the least that is taken.' },
  maximum: { ...COUNT, description: 'The same, ITEM_LIMIT_REACHED: the most that is taken.' },
  present: { ...COUNT, description: 'QUANTITY_OUT_OF_RANGE: what is there already, unless that is nothing.' },
  info: HEALTH,
  error: HEALTH,
  details: HEALTH,
};

/** The shape of every error answer. */
export const problemSchema: SchemaObject = {
  type: 'object',
  description: 'RFC 9457. Some codes add what mends the request, such as `currentVersion`.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'traceId'],
  properties: {
    type: { type: 'string', format: 'uri-reference', example: problemType('VALIDATION_FAILED') },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What is particular to this occurrence.' },
    instance: { type: 'string', format: 'uri-reference', description: 'The path of the request.' },
    code: { type: 'string', description: 'Stable: decide by this one.', enum: Object.keys(PROBLEM_CODES) },
    traceId: { type: 'string', description: 'The `X-Request-Id` of the request.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'message'],
        properties: {
          pointer: { type: 'string', description: 'RFC 6901, into the body; `/name` for a query parameter.' },
          code: { type: 'string' },
          message: { type: 'string' },
        },
      },
    },
    ...MEMBERS_OF_CODES,
  },
};
