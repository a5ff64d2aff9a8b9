import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { problemKind, PROBLEM_CODES, type ProblemCode } from '../problems/problem-codes.js';
import { EXAMPLE_DATA, EXAMPLE_ID, EXAMPLE_PATH } from './problem-schema.js';
import { PROBLEM_MEDIA_TYPE } from '../problems/problem.filter.js';
import { describeProblem, problemBody } from '../problems/problem.js';
import type { DocumentedOperation, OperationObject, ResponseObject } from './operations.js';

const MARK = 'x-problem-';
const ALL_CODES = Object.keys(PROBLEM_CODES) as readonly ProblemCode[];

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
const OF_API: readonly ProblemCode[] = ['UNAUTHENTICATED', 'NOT_ACCEPTABLE', 'RATE_LIMITED'];
const OF_KEYS: readonly ProblemCode[] = ['INVALID_IDEMPOTENCY_KEY', 'IDEMPOTENCY_KEY_REUSED'];
const OF_BODIES: readonly ProblemCode[] = ['MALFORMED_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];
const CHALLENGE = {
  description: '`Bearer`; with `error="invalid_token"` for a JWT that was refused.',
  required: true,
  schema: { type: 'string' as const },
};

/** Documents the problems that are particular to an operation (or to all of a controller); the common ones come by themselves. */
export function ApiProblems(...codes: ProblemCode[]): MethodDecorator & ClassDecorator {
  return applyDecorators(...codes.map((code) => ApiExtension(MARK + code, true)));
}

/** Describes the problems of an operation: one response a status, one example a code. */
export function describeProblems(documented: DocumentedOperation): void {
  const { operation } = documented;
  const named = new Set([...takeMarks(operation), ...commonCodes(documented)]);
  const codes = ALL_CODES.filter((code) => named.has(code));
  for (const status of new Set(codes.map((code) => problemKind(code).status))) {
    const ofStatus = codes.filter((code) => problemKind(code).status === status);
    operation.responses[status] = { ...responseOf(ofStatus), ...describedBefore(operation, status) };
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
  const marked = ALL_CODES.filter((code) => `${MARK}${code}` in operation);
  for (const code of marked) Reflect.deleteProperty(operation, MARK + code);
  return marked;
}

function commonCodes({ operation, isOfApi, isChange }: DocumentedOperation): ProblemCode[] {
  const inPath = (operation.parameters ?? []).some(
    (parameter) => 'in' in parameter && parameter.in === 'path',
  );
  return [
    ...(isOfApi && isChange ? OF_KEYS : []),
    ...EVERYWHERE,
    ...(isOfApi ? OF_API : []),
    ...(inPath ? (['NOT_FOUND'] as const) : []),
    // A body that is sent is read, whether one is asked for or not.
    ...(isChange ? OF_BODIES : []),
  ];
}

function responseOf(codes: readonly ProblemCode[]): ResponseObject {
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
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
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

/** The same for every operation, so that the document holds it once. */
function exampleOf(code: ProblemCode): object {
  const problem = describeProblem(code, `${problemKind(code).title}.`, { data: EXAMPLE_DATA[code] ?? {} });
  return JSON.parse(problemBody(problem, EXAMPLE_ID, EXAMPLE_PATH)) as object;
}
