import { EventsHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { DurableHandler, recordOf } from '../../../src/event-sourcing/index.js';
import { acceptLoss } from '../../../src/event-sourcing/runner/accept-loss.js';
import { eventually } from '../../support/eventually.js';
import { append, Deposited, openLog, write } from '../support/bank.js';
import { HandlerProcess } from '../support/handler-process.js';
import { LogDatabase } from '../support/log-database.js';

/** What the handler has heard, by stream and version. */
let heard: string[];
let database: LogDatabase;

@EventsHandler(Deposited)
@DurableHandler({ name: 'mailer', startAt: 'beginning' })
class Mailer {
  handle(event: Deposited): void {
    const { stream, version } = recordOf(event);
    heard.push(`${stream} ${version}`);
  }
}

beforeEach(async () => {
  heard = [];
  database = await LogDatabase.create();
});
afterEach(() => database.drop());

/** Runs the handler until it has heard the last of the events. */
async function hear(last: string): Promise<void> {
  const { url } = database;
  const process = await HandlerProcess.start({
    commandUrl: url,
    queryUrl: url,
    handlers: [[new Mailer(), Deposited]],
  });
  await eventually(
    last,
    () => Promise.resolve(heard.at(-1)),
    (found) => found === last,
  );
  await process.stop();
}

async function store(stream: string, events: number): Promise<void> {
  const log = openLog(database.url);
  await log.append(append([write(stream, 0, events)])).result;
  await log.close();
}

/** Takes away all events after a position, as the failover to an asynchronous standby may. */
async function loseAfter(position: number): Promise<void> {
  await database.query('ALTER TABLE event_log DISABLE TRIGGER event_log_is_append_only');
  await database.query('DELETE FROM event_log WHERE position > $1', [position]);
  await database.query('ALTER TABLE event_log ENABLE ALWAYS TRIGGER event_log_is_append_only');
}

/** Accepts the loss. @returns the position that new events come after */
async function accept(): Promise<number> {
  const dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  try {
    return (await acceptLoss({ command: dataSource, query: dataSource })).after;
  } finally {
    await dataSource.destroy();
  }
}

it('lets a handler that has handled lost events go on after the last one that is left', async () => {
  await store('account-1', 5);
  await hear('account-1 5');
  await loseAfter(3);

  await database.query(
    `INSERT INTO parked_event (handler, key, position, event_id, type, stream, attempts)
     SELECT 'mailer', 'account-1', n, gen_random_uuid(), 'account.deposited', 'account-1', 1 FROM generate_series(4, 5) n`,
  );

  expect(await accept()).toBe(5);
  const [checkpoint] = await database.query(`
    SELECT c.position = 3 AND c.event_id = l.id AS "isLast"
      FROM checkpoint c JOIN event_log l ON l.position = 3 WHERE c.name = 'mailer'`);
  expect(checkpoint).toEqual({ isLast: true });
  expect(await database.query('SELECT FROM parked_event')).toEqual([]);
  await store('account-2', 1);
  heard = [];
  await hear('account-2 1');
  expect(heard).toEqual(['account-2 1']);
});

it('gives no new event a position that an earlier partition of a handler has handled', async () => {
  await store('account-1', 5);
  await hear('account-1 5');
  await database.query(`
    UPDATE checkpoint SET position = 2, event_id = (SELECT id FROM event_log WHERE position = 2),
           taken = '[[2, 4], [1, 5, 3]]', has_old_rows = true`);
  await loseAfter(3);
  expect(await accept()).toBe(5);
});

it('gives no new event the position of a lost one, even if it is interrupted and run again', async () => {
  await store('account-1', 5);
  await hear('account-1 5');
  await loseAfter(3);
  await database.query('SELECT setval($1, 3)', ['event_position']);
  await database.query('ALTER FUNCTION open_event_log RENAME TO hidden');
  await expect(accept()).rejects.toThrow('open_event_log');
  await expect(store('account-2', 1)).rejects.toThrow('run it again');
  await database.query('ALTER FUNCTION hidden RENAME TO open_event_log');
  await accept();
  await store('account-2', 1);
  expect(await database.query('SELECT max(position)::int AS last FROM event_log')).toEqual([{ last: 6 }]);
});
