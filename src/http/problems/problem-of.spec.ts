import { LogUnavailableError } from '../../event-sourcing/index.js';
import { problemOf } from './problem-of.js';

const failure = (more: object): Error => Object.assign(new Error('read ECONNRESET'), more);

describe('a database that is out of reach', () => {
  it.each([
    ['an unavailable log', new LogUnavailableError('away')],
    ['a connection that was reset', failure({ code: 'ECONNRESET', syscall: 'read' })],
    ['a server that does not listen', failure({ code: 'ECONNREFUSED', syscall: 'connect' })],
    ['a server that terminates its connections', failure({ code: '57P01' })],
    ['a server that accepts no connection in time', new Error('timeout expired')],
  ])('is answered 503 with Retry-After: %s', (_what, error) => {
    const { code, status, headers } = problemOf(error);
    expect([code, status, headers]).toEqual(['OVERLOADED', 503, { 'retry-after': '1' }]);
  });

  it('is not reported when a caller disconnects within a body', () => {
    const broken = failure({ code: 'ECONNRESET', message: 'aborted', statusCode: 400 });
    expect(problemOf(broken).code).toBe('MALFORMED_JSON');
  });
});
