import { Controller, Get, Param } from '@nestjs/common';
import {
  DomainError,
  DurableCqrsExceptionFilter,
  LogUnavailableError,
} from '../../../src/event-sourcing/index.js';
import { bankDatabases, type BankDatabases } from '../../bank/bank-app.js';
import { ADAPTERS, startBankServer } from './bank-server.js';

const ERRORS: Readonly<Record<string, () => Error>> = {
  overdrawn: () => new DomainError('OVERDRAWN', 'There is not that much.', { balance: 3, status: 200 }),
  taken: () => new DomainError('NAME_TAKEN', 'The name is taken.'),
  missing: () => new DomainError('ACCOUNT_NOT_FOUND', 'There is no such account.'),
  contention: () => new DomainError('TOO_MUCH_CONTENTION', 'Too many changes at once.', { retryAfter: 0.2 }),
  stale: () => new DomainError('VERSION_MISMATCH', 'It is at version 3.'),
  inherited: () => new DomainError('constructor', 'A code that every object inherits.'),
  unavailable: () => new LogUnavailableError('connect ECONNREFUSED 10.0.0.1:5432'),
  fault: () => new Error('secret'),
};

@Controller('errors')
class ErrorsController {
  @Get(':name')
  get(@Param('name') name: string): never {
    throw ERRORS[name]?.() ?? new Error(name);
  }
}

let databases: BankDatabases;

beforeAll(async () => {
  databases = await bankDatabases();
});
afterAll(async () => {
  await databases.drop();
});

describe.each(Object.keys(ADAPTERS) as (keyof typeof ADAPTERS)[])('the exception filter on %s', (adapter) => {
  it('answers domain errors 4xx, a missing log 503, and leaves other errors alone', async () => {
    const filter = DurableCqrsExceptionFilter.provide({ statuses: { NAME_TAKEN: 409 } });
    const server = await startBankServer(
      databases,
      {},
      { controllers: [ErrorsController], providers: [filter] },
      adapter,
    );
    const answerOf = async (name: string) => {
      const { status, headers, body } = await server.request('GET', `/errors/${name}`);
      const type = headers.get('content-type')?.split(';', 1)[0];
      return { status, type, retryAfter: headers.get('retry-after'), body };
    };
    const problem = (status: number, code: string, more: object = {}) => ({
      status,
      type: 'application/problem+json',
      retryAfter: null,
      body: expect.objectContaining({ type: 'about:blank', status, code, ...more }) as unknown,
    });
    expect(await answerOf('overdrawn')).toEqual(
      problem(422, 'OVERDRAWN', { detail: 'There is not that much.', balance: 3 }),
    );
    expect(await answerOf('taken')).toEqual(problem(409, 'NAME_TAKEN', { title: 'Conflict' }));
    expect(await answerOf('missing')).toEqual(problem(404, 'ACCOUNT_NOT_FOUND'));
    expect(await answerOf('contention')).toEqual({ ...problem(409, 'TOO_MUCH_CONTENTION'), retryAfter: '1' });
    expect(await answerOf('stale')).toEqual(problem(412, 'VERSION_MISMATCH'));
    expect(await answerOf('inherited')).toEqual(problem(422, 'constructor'));
    const unavailable = await answerOf('unavailable');
    expect(unavailable).toEqual({ ...problem(503, 'LOG_UNAVAILABLE'), retryAfter: '1' });
    expect(JSON.stringify(unavailable)).not.toContain('10.0.0.1');
    expect(await answerOf('fault')).toMatchObject({ status: 500, type: 'application/json' });
    await server.bank.stop();
  });
});
