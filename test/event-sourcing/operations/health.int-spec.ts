import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { DataSource } from 'typeorm';
import { DurableCqrsHealth, migrate } from '../../../src/event-sourcing/index.js';
import { bankDatabases, type BankDatabases } from '../../bank/bank-app.js';
import { eventually } from '../../support/eventually.js';
import { startBankServer, type BankServer } from './bank-server.js';

let databases: BankDatabases;
let server: BankServer;

beforeEach(async () => {
  databases = await bankDatabases();
  server = await startBankServer(
    databases,
    {},
    { imports: [TerminusModule.forRoot({ logger: false })], providers: [DurableCqrsHealth] },
  );
});
afterEach(async () => {
  await server.bank.stop();
  await databases.drop();
});

const health = (): DurableCqrsHealth => server.bank.context.get(DurableCqrsHealth);

it('is up with the states of the handlers, and fits @nestjs/terminus', async () => {
  await eventually(
    'the handlers to run',
    () => health().check(),
    (result) =>
      JSON.stringify(result['durable-cqrs']?.['handlers']) === '{"balances":"running","postman":"running"}',
  );
  const result = await server.bank.context.get(HealthCheckService).check([() => health().check('bank')]);
  expect(result).toMatchObject({ status: 'ok', details: { bank: { status: 'up' } } });
});

it('is down while a migration is missing, and names it', async () => {
  const dataSource = await new DataSource(databases.query).initialize();
  await dataSource.undoLastMigration();
  const last = databases.query.migrations as { name: string }[];
  const missing = [last.at(-1)?.name];
  expect(await health().check()).toMatchObject({ 'durable-cqrs': { status: 'down', missing } });
  expect(await health().checkDatabases('databases', { databases: ['command'] })).toEqual({
    databases: { status: 'up' },
  });
  const checking = server.bank.context.get(HealthCheckService).check([() => health().check('bank')]);
  await expect(checking).rejects.toMatchObject({ status: 503 });
  await dataSource.destroy();
  await migrate(databases.query);
  expect(await health().check()).toMatchObject({ 'durable-cqrs': { status: 'up' } });
});

it('is down when the log holds an event that this code does not know', async () => {
  const dataSource = await new DataSource(databases.command).initialize();
  await dataSource.query(
    `SELECT append_event('account-x', 1, gen_random_uuid(), 'account.frozen', 1, '{}', '{}', now(), '{}', '{}')`,
  );
  await dataSource.destroy();
  await eventually(
    'the process to be outdated',
    () => health().check(),
    (result) => result['durable-cqrs']?.status === 'down',
  );
  expect(health().checkHandlers()).toMatchObject({
    handlers: { log: 'cannot be followed', balances: 'outdated', status: 'down' },
  });
  expect(await health().checkDatabases()).toEqual({ databases: { status: 'up' } });
});
