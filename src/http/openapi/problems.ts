import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { problemCodes, problemKind, type ProblemCode } from '../problems/problem-codes.js';
import { PROBLEM_MEDIA_TYPE } from '../problems/problem.filter.js';
import { describeProblem, problemBody } from '../problems/problem.js';
import type { DocumentedOperation, OperationObject, ResponseObject } from './operations.js';

const MARK = 'x-problem-';
/** The id and path of the request in the examples. */
const EXAMPLE_ID = '01a2072e-0f7c-753a-a381-fbd26ce46ce4';
const EXAMPLE_PATH = '/v1/example';

const ACCEPT = {
  description: 'The accepted media type.',
  required: true,
  schema: { type: 'string' as const, enum: ['application/json'] },
};

/** Refusals that do not depend on the operation. */
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
  description: '`Bearer`; with `error="invalid_token"` for an invalid JWT.',
  required: true,
  schema: { type: 'string' as const },
};

/** Documents problems of an operation (or of all operations of a controller) beside those that every operation has. */
export function ApiProblems(...codes: ProblemCode[]): MethodDecorator & ClassDecorator {
  return applyDecorators(...codes.map((code) => ApiExtension(MARK + code, true)));
}

/** Describes the problems of an operation: a response for each status, an example for each code. */
export function describeProblems(documented: DocumentedOperation): void {
  const { operation } = documented;
  const named = new Set([...takeMarks(operation), ...commonCodes(documented)]);
  const codes = problemCodes().filter((code) => named.has(code));
  for (const status of new Set(codes.map((code) => problemKind(code).status))) {
    const ofStatus = codes.filter((code) => problemKind(code).status === status);
    operation.responses[status] = { ...responseOf(ofStatus), ...describedBefore(operation, status) };
  }
}

/** Keeps an operation's own description of a status. The codes and examples are replaced. */
function describedBefore({ responses }: OperationObject, status: number): { description?: string } {
  const before = responses[status];
  if (before === undefined || '$ref' in before || before.description === '') return {};
  return { description: before.description };
}

/** Removes the marks of ApiProblems from the operation, and returns their codes. */
function takeMarks(operation: OperationObject): ProblemCode[] {
  const marked = problemCodes().filter((code) => `${MARK}${code}` in operation);
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
    // A body is read even if the operation has none.
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

/** The schema of a problem with one of these codes. */
function problemOf(codes: readonly ProblemCode[]) {
  const code = { type: 'string' as const, enum: [...codes] };
  return {
    allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object' as const, properties: { code } }],
  };
}

/** The header comes with these codes only; `x-codes` lists them for machines. */
function retryAfter(codes: readonly ProblemCode[]) {
  return {
    description: `Seconds. With ${codes.join(', ')}.`,
    schema: { type: 'integer' as const, minimum: 0 },
    'x-codes': codes,
  };
}

/** The same for every operation, so that the document contains it once. */
function exampleOf(code: ProblemCode): object {
  const { title, example = {} } = problemKind(code);
  const problem = describeProblem(code, `${title}.`, { data: example });
  return JSON.parse(problemBody(problem, EXAMPLE_ID, EXAMPLE_PATH)) as object;
}
