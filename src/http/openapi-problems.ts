import { applyDecorators } from '@nestjs/common';
import { ApiExtension, type OpenAPIObject } from '@nestjs/swagger';
import { problemKind, problemType, PROBLEM_CODES, type ProblemCode } from './problem-codes.js';
import { PROBLEM_MEDIA_TYPE } from './problem.filter.js';
import { describeProblem, problemBody } from './problem.js';
import { API_PREFIX } from './route-options.js';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type SchemaObject = Exclude<Schemas[string], { $ref: string }>;
type OperationObject = NonNullable<OpenAPIObject['paths'][string]['get']>;
type ResponseObject = Exclude<OperationObject['responses'][string], { $ref: string } | undefined>;

const MARK = 'x-problem-';
const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;
const EXAMPLE_ID = '01a2072e-0f7c-753a-a381-fbd26ce46ce4';

const RETRY_AFTER = { description: 'Seconds.', schema: { type: 'integer' as const } };
const CHALLENGE = {
  description: '`Bearer`; with `error="invalid_token"` for a JWT that was refused.',
  schema: { type: 'string' as const },
};

const integer = (description: string) => ({ description, schema: { type: 'integer' as const } });
const RATE_LIMIT = {
  'RateLimit-Policy': {
    description: 'What a caller may send: `q` requests in `w` seconds.',
    schema: { type: 'string' as const, example: '"caller";q=200;w=1' },
  },
  RateLimit: {
    description: '`r` requests are left for the next `t` seconds.',
    schema: { type: 'string' as const, example: '"caller";r=0;t=1' },
  },
  'RateLimit-Limit': integer('`q` by itself.'),
  'RateLimit-Remaining': integer('`r` by itself.'),
  'RateLimit-Reset': integer('`t` by itself.'),
};

/** The data that mends a request, by example. */
const EXAMPLE_DATA: Partial<Record<ProblemCode, Record<string, unknown>>> = {
  VALIDATION_FAILED: {
    errors: [{ pointer: '/quantity', code: 'IS_INT', message: 'must be an integer number' }],
  },
  ACTIVE_CART_EXISTS: { cartId: EXAMPLE_ID },
  TOTAL_CHANGED: { total: { amount: 1999, currency: 'EUR' } },
  INSUFFICIENT_STOCK: { shortages: [{ sku: 'MUG-1', requested: 3, available: 1 }] },
  VERSION_MISMATCH: { currentVersion: 13 },
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
  },
  additionalProperties: true,
};

/** Documents the problems that are particular to an operation (or to all of a controller); the common ones come by themselves. */
export function ApiProblems(...codes: ProblemCode[]): MethodDecorator & ClassDecorator {
  return applyDecorators(...codes.map((code) => ApiExtension(MARK + code, true)));
}

/** Writes the problems of every operation of `document` out: one response a status, one example a code. */
export function addProblems(document: OpenAPIObject): void {
  document.components = { ...document.components };
  document.components.schemas = { ...document.components.schemas, Problem: problemSchema };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation !== undefined) addResponses(operation, path);
    }
  }
}

function addResponses(operation: OperationObject, path: string): void {
  const codes = [...new Set([...takeMarks(operation), ...commonCodes(operation, path)])];
  for (const status of new Set(codes.map((code) => problemKind(code).status))) {
    const ofStatus = codes.filter((code) => problemKind(code).status === status);
    operation.responses[status] = { ...responseOf(ofStatus, path), ...describedBefore(operation, status) };
  }
}

/** An operation may have told in its own words what a status means there; the codes and examples are ours. */
function describedBefore({ responses }: OperationObject, status: number): { description?: string } {
  const before = responses[status];
  if (before === undefined || '$ref' in before || before.description === '') return {};
  return { description: before.description };
}

/** What ApiProblems left on the operation; it has no place in the document itself. */
function takeMarks(operation: OperationObject): ProblemCode[] {
  const marked = Object.keys(PROBLEM_CODES).filter((code) => `${MARK}${code}` in operation) as ProblemCode[];
  for (const code of marked) Reflect.deleteProperty(operation, MARK + code);
  return marked;
}

function commonCodes({ parameters = [], requestBody }: OperationObject, path: string): ProblemCode[] {
  const takes = (place: string) =>
    parameters.some((parameter) => 'in' in parameter && parameter.in === place);
  const codes: ProblemCode[] = ['INTERNAL_ERROR'];
  if (path.startsWith(`/${API_PREFIX}/`)) {
    codes.push('UNAUTHENTICATED', 'NOT_ACCEPTABLE', 'RATE_LIMITED', 'OVERLOADED');
  }
  if (takes('path')) codes.push('NOT_FOUND');
  if (takes('query')) codes.push('VALIDATION_FAILED');
  if (takes('header')) codes.push('INVALID_HEADER');
  if (requestBody !== undefined) {
    codes.push('MALFORMED_JSON', 'VALIDATION_FAILED', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  }
  return codes;
}

function responseOf(codes: readonly ProblemCode[], path: string): ResponseObject {
  const headers = {
    ...(codes.some((code) => problemKind(code).retryAfter !== undefined) && { 'Retry-After': RETRY_AFTER }),
    ...(codes.includes('UNAUTHENTICATED') && { 'WWW-Authenticate': CHALLENGE }),
    ...(codes.includes('RATE_LIMITED') && RATE_LIMIT),
  };
  return {
    description: codes.map((code) => problemKind(code).title).join('; '),
    ...(Object.keys(headers).length > 0 && { headers }),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code, path) }])),
      },
    },
  };
}

function exampleOf(code: ProblemCode, path: string): object {
  const problem = describeProblem(code, `${problemKind(code).title}.`, { data: EXAMPLE_DATA[code] ?? {} });
  return JSON.parse(problemBody(problem, EXAMPLE_ID, path.replace(/\{\w+\}/g, EXAMPLE_ID))) as object;
}
