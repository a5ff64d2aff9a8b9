import { LogUnavailableError } from '../../event-sourcing/index.js';
import { problemOf } from './problem-of.js';

const failure = (more: object): Error => Object.assign(new Error('read ECONNRESET'), more);

describe('a database that is out of reach', () => {
  it.each([
    ['a log that stays away', new LogUnavailableError('away')],
    ['a connection that was reset', failure({ code: 'ECONNRESET', syscall: 'read' })],
    ['a server that is not there', failure({ code: 'ECONNREFUSED', syscall: 'connect' })],
    ['a server that sends its clients away', failure({ code: '57P01' })],
    ['a server that does not take a connection in time', new Error('timeout expired')],
  ])('is a reason to come back later: %s', (_what, error) => {
    const { code, status, headers } = problemOf(error);
    expect([code, status, headers]).toEqual(['OVERLOADED', 503, { 'retry-after': '1' }]);
  });

  it('is not what a caller tells of who breaks off in the middle of a body', () => {
    const broken = failure({ code: 'ECONNRESET', message: 'aborted', statusCode: 400 });
    expect(problemOf(broken).code).toBe('MALFORMED_JSON');
  });
});
