import pg from 'pg';
import { BuiltService } from '../http/built-service.js';
import { untilViewsAreCurrent } from '../http/views.js';
import type { BenchContext } from '../support/bench.js';
import { openLog } from '../support/event-log.js';
import { fillLog, type Filling } from './fill-log.js';
import type { CartSizes } from './shopping.js';

const ROWS_AT_ONCE = 5_000;

/** A command database that is full of events of carts. */
export interface FullLog extends Filling {
  readonly url: string;
}

/** Makes a command database as the service of this checkout does, and fills its log. */
export async function makeFullLog(context: BenchContext, events: number, sizes: CartSizes): Promise<FullLog> {
  const url = await emptyLog(context, '.');
  context.say(`filling a log with ${events} events of carts of ${sizes.fewest} to ${sizes.most} items`);
  const log = openLog(url);
  const filling = await fillLog(log, events, sizes);
  // What the server would do some time later, and in the middle of a measurement.
  await log.query('VACUUM (ANALYZE, FREEZE) event_log', []);
  await log.close();
  await handleOnce(context, '.', url);
  return { ...filling, url };
}

/** Makes a command database as the service of another checkout does, with the same events in it. */
export async function copyFullLog(context: BenchContext, log: FullLog, checkout: string): Promise<FullLog> {
  const url = await emptyLog(context, checkout);
  const [from, to] = [log.url, url].map((connectionString) => new pg.Pool({ connectionString, max: 1 }));
  if (from === undefined || to === undefined) throw new Error('There are two databases.');
  try {
    for (let last = 0; ;) {
      const { rows } = await from.query<{ position: string }>(
        'SELECT * FROM event_log WHERE position > $1 ORDER BY position LIMIT $2',
        [last, ROWS_AT_ONCE],
      );
      if (rows.length === 0) break;
      await to.query('INSERT INTO event_log SELECT * FROM jsonb_populate_recordset(NULL::event_log, $1)', [
        JSON.stringify(rows),
      ]);
      last = Number(rows.at(-1)?.position);
    }
    await to.query(`SELECT setval('event_position', (SELECT max(position) FROM event_log))`);
    await to.query('VACUUM (ANALYZE, FREEZE) event_log');
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
  await handleOnce(context, checkout, url);
  return { ...log, url };
}

/** The tables are made by the service itself at its first start. */
async function emptyLog(context: BenchContext, checkout: string): Promise<string> {
  const command = await context.server.createDatabase('log');
  await withService(context, checkout, command, () => Promise.resolve());
  return command;
}

/** Lets the sagas handle all events, so that they have nothing to do when views are measured. */
async function handleOnce(context: BenchContext, checkout: string, command: string): Promise<void> {
  await withService(context, checkout, command, ({ origin }) => untilViewsAreCurrent(origin));
}

/** Lends the service on a command database and an empty query database. */
export async function withService<T>(
  { server, cleanup }: BenchContext,
  checkout: string,
  command: string,
  work: (service: BuiltService, query: string) => Promise<T>,
): Promise<T> {
  const query = await server.createDatabase('views');
  const service = await BuiltService.start(cleanup, { checkout, databases: { command, query } });
  try {
    return await work(service, query);
  } finally {
    await service.remove();
    await server.dropDatabase(query);
  }
}
