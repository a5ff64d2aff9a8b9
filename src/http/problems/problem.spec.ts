import { BadGatewayException, ConflictException, HttpException, NotFoundException } from '@nestjs/common';
import { DomainError } from '../../event-sourcing/index.js';
import { isProblemCode, problemCodes, problemKind, registerProblems } from './problem-codes.js';
import { problemOf } from './problem-of.js';
import { describeProblem, HttpProblem, problemBody } from './problem.js';

function body(problem: Parameters<typeof problemBody>[0], target = '/v1/x'): Record<string, unknown> {
  return JSON.parse(problemBody(problem, 'trace-1', target)) as Record<string, unknown>;
}

describe('the table of codes', () => {
  it('has Retry-After for every 429 and 503', () => {
    const withRetry = problemCodes().filter((code) => problemKind(code).retryAfter !== undefined);
    expect(withRetry).toEqual(['RATE_LIMITED', 'OVERLOADED']);
  });

  it('does not contain the names that every object inherits', () => {
    expect(['toString', 'constructor', '__proto__', 'NOT_FOUND'].map(isProblemCode)).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it('refuses a code that is registered twice', () => {
    registerProblems({ SHELF_FULL: { status: 409, title: 'The shelf is full' } });
    expect(isProblemCode('SHELF_FULL')).toBe(true);
    expect(() => {
      registerProblems({ SHELF_FULL: { status: 422, title: 'Full' } });
    }).toThrow('The problem code SHELF_FULL is registered twice');
  });

  it('has no kind for a code that is declared but not registered', () => {
    expect(() => problemKind('CART_NOT_FOUND')).toThrow('CART_NOT_FOUND is declared but not registered');
  });
});

describe('a problem body', () => {
  it('has the members of RFC 9457, code and traceId, and the data of the problem', () => {
    const problem = describeProblem('VERSION_MISMATCH', 'The cart is at version 13.', {
      data: { currentVersion: 13 },
    });
    expect(body(problem, '/v1/carts/c-1?version=1')).toEqual({
      type: 'urn:problem:cartwright:version-mismatch',
      title: 'The version is not the present one',
      status: 412,
      detail: 'The cart is at version 13.',
      instance: '/v1/carts/c-1',
      code: 'VERSION_MISMATCH',
      traceId: 'trace-1',
      currentVersion: 13,
    });
  });

  it('has standard members that data cannot overwrite', () => {
    const data = { status: 200, code: 'OK', traceId: 'x', type: 'x', title: 'x', detail: 'x', instance: 'x' };
    const problem = describeProblem('TOO_MUCH_CONTENTION', 'Locked.', { data });
    expect(body(problem)).toEqual(body({ ...problem, data: {} }));
  });

  it.each([
    ['/a/%zz', '/a/%25zz'],
    ['/a%20b', '/a%20b'],
    ['/"<{|}>', '/%22%3C%7B%7C%7D%3E'],
    ['/caf\u00e9', '/caf%C3%A9'],
    ['', ''],
  ])('has the target %j as a valid URI reference', (target, instance) => {
    expect(body(describeProblem('NOT_FOUND', 'No.'), target)['instance']).toBe(instance);
  });

  it('rounds up the seconds of Retry-After, and prefers those in the data', () => {
    const headers = (data?: Record<string, unknown>) =>
      describeProblem('RATE_LIMITED', 'Slower.', data === undefined ? {} : { data }).headers;
    expect([headers(), headers({ retryAfter: 0.2 }), headers({ retryAfter: 30 })]).toEqual([
      { 'retry-after': '1' },
      { 'retry-after': '1' },
      { 'retry-after': '30' },
    ]);
  });
});

describe('problemOf', () => {
  it.each(problemCodes())('returns the status of %s for a DomainError and an HttpProblem', (code) => {
    const { status } = problemKind(code);
    expect(problemOf(new DomainError(code, 'No.'))).toMatchObject({ code, status, detail: 'No.' });
    expect(problemOf(new HttpProblem(code, 'No.'))).toMatchObject({ code, status, detail: 'No.' });
  });

  it.each([
    new DomainError('MADE_UP', 'secret'),
    new Error('secret'),
    'secret',
    null,
    undefined,
    new BadGatewayException('secret'),
  ])('answers INTERNAL_ERROR for %p, without details', (exception) => {
    const problem = problemOf(exception);
    expect(problem).toMatchObject({ code: 'INTERNAL_ERROR', status: 500 });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it('recognises the refusals of Fastify, also when Nest has wrapped them', () => {
    const wrongLength = Object.assign(new Error('Request body size did not match'), {
      code: 'FST_ERR_CTP_INVALID_CONTENT_LENGTH',
    });
    expect(problemOf(wrongLength).code).toBe('INVALID_HEADER');
    expect(problemOf(new HttpException(wrongLength.message, 400, { cause: wrongLength })).code).toBe(
      'INVALID_HEADER',
    );
  });

  it('has a code for the HTTP exceptions of Nest', () => {
    expect(problemOf(new NotFoundException('Cannot GET /x'))).toMatchObject({ code: 'NOT_FOUND' });
    expect(problemOf(new ConflictException('Taken.'))).toMatchObject({
      code: 'CONFLICT',
      status: 409,
      detail: 'Taken.',
    });
  });
});
