import { DataSource } from 'typeorm';
import { isConnectionError } from '../../../src/event-sourcing/postgres/database-errors.js';
import { eventually } from '../../support/eventually.js';
import { LogDatabase } from '../support/log-database.js';

it('takes the error of a statement after a lost connection for a lost connection', async () => {
  const database = await LogDatabase.create();
  const application = 'released runner';
  const options = { type: 'postgres', url: database.url, applicationName: application } as const;
  const dataSource = await new DataSource({ ...options, logging: false }).initialize();
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  await database.kill(application);
  await eventually(
    'the runner to be released',
    () => Promise.resolve(runner.isReleased),
    (isReleased) => isReleased,
  );
  const error: unknown = await runner.query('SELECT 1').catch((reason: unknown) => reason);
  expect(String(error)).toContain('QueryRunnerAlreadyReleasedError');
  expect(isConnectionError(error)).toBe(true);
  await dataSource.destroy();
  await database.drop();
});
