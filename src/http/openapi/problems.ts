import { applyDecorators } from '@nestjs/common';
import { ApiExtension, type OpenAPIObject } from '@nestjs/swagger';
import { problemKind, PROBLEM_CODES, type ProblemCode } from '../problem-codes.js';
import { EXAMPLE_DATA, EXAMPLE_ID, problemSchema } from './problem-schema.js';
import { PROBLEM_MEDIA_TYPE } from '../problem.filter.js';
import { describeProblem, problemBody } from '../problem.js';
import { API_PREFIX } from '../route-options.js';

type OperationObject = NonNullable<OpenAPIObject['paths'][string]['get']>;
type ResponseObject = Exclude<OperationObject['responses'][string], { $ref: string } | undefined>;

const MARK = 'x-problem-';
const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

const ACCEPT = {
  description: 'What is taken instead.',
  required: true,
  schema: { type: 'string' as const, enum: ['application/json'] },
};

/** What a caller can do wrong before it is known which operation is meant. */
const EVERYWHERE: readonly ProblemCode[] = [
  'INTERNAL_ERROR',
  'VALIDATION_FAILED',
  'INVALID_HEADER',
  'REQUEST_TIMEOUT',
  'HEADERS_TOO_LARGE',
  'OVERLOADED',
];
const CHALLENGE = {
  description: '`Bearer`; with `error="invalid_token"` for a JWT that was refused.',
  required: true,
  schema: { type: 'string' as const },
};

/** Documents the problems that are particular to an operation (or to all of a controller); the common ones come by themselves. */
export function ApiProblems(...codes: ProblemCode[]): MethodDecorator & ClassDecorator {
  return applyDecorators(...codes.map((code) => ApiExtension(MARK + code, true)));
}

/** The same for an operation of a document that is made already. */
export function markProblems(operation: OperationObject, ...codes: ProblemCode[]): void {
  Object.assign(operation, Object.fromEntries(codes.map((code) => [MARK + code, true])));
}

/** Writes the problems of every operation of `document` out: one response a status, one example a code. */
export function addProblems(document: OpenAPIObject): void {
  document.components = { ...document.components };
  document.components.schemas = { ...document.components.schemas, Problem: problemSchema };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation !== undefined) addResponses(operation, path, method !== 'get');
    }
  }
}

function addResponses(operation: OperationObject, path: string, readsBody: boolean): void {
  const codes = [...new Set([...takeMarks(operation), ...commonCodes(operation, path, readsBody)])];
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

/** @param readsBody whether a body that is sent is read, be one asked for or not */
function commonCodes({ parameters = [] }: OperationObject, path: string, readsBody: boolean): ProblemCode[] {
  const takes = (place: string) =>
    parameters.some((parameter) => 'in' in parameter && parameter.in === place);
  const codes: ProblemCode[] = [...EVERYWHERE];
  if (path.startsWith(`/${API_PREFIX}/`)) {
    codes.push('UNAUTHENTICATED', 'NOT_ACCEPTABLE', 'RATE_LIMITED');
  }
  if (takes('path')) codes.push('NOT_FOUND');
  if (readsBody) {
    codes.push('MALFORMED_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  }
  return codes;
}

function responseOf(codes: readonly ProblemCode[], path: string): ResponseObject {
  const later = codes.filter((code) => problemKind(code).retryAfter !== undefined);
  const headers = {
    ...(later.length > 0 && { 'Retry-After': retryAfter(later) }),
    ...(codes.includes('UNAUTHENTICATED') && { 'WWW-Authenticate': CHALLENGE }),
    ...(codes.includes('UNSUPPORTED_MEDIA_TYPE') && { Accept: ACCEPT }),
  };
  return {
    description: codes.map((code) => problemKind(code).title).join('; '),
    ...(Object.keys(headers).length > 0 && { headers }),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: problemOf(codes),
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code, path) }])),
      },
    },
  };
}

/** The problem with the codes that it can have here. */
function problemOf(codes: readonly ProblemCode[]) {
  const code = { type: 'string' as const, enum: [...codes] };
  return {
    allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object' as const, properties: { code } }],
  };
}

/** It comes with these codes and with no others, which `x-codes` tells to machines. */
function retryAfter(codes: readonly ProblemCode[]) {
  return {
    description: `Seconds. With ${codes.join(', ')}.`,
    schema: { type: 'integer' as const, minimum: 0 },
    'x-codes': codes,
  };
}

function exampleOf(code: ProblemCode, path: string): object {
  const problem = describeProblem(code, `${problemKind(code).title}.`, { data: EXAMPLE_DATA[code] ?? {} });
  return JSON.parse(problemBody(problem, EXAMPLE_ID, path.replace(/\{\w+\}/g, EXAMPLE_ID))) as object;
}
