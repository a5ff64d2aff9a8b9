import { EventsHandler } from '@nestjs/cqrs';
import { DurableHandler, recordOf } from '../../../src/event-sourcing/index.js';
import { eventually } from '../../support/eventually.js';
import { append, Deposited, openLog, write } from '../support/bank.js';
import { HandlerProcess } from '../support/handler-process.js';
import { LogDatabase } from '../support/log-database.js';

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six'];

/** What each handler has heard, in whatever process. */
let heard: Map<string, number[]>;

/** A handler of this name, of a class of its own as Nest has it. */
function listener(name: string): object {
  @EventsHandler(Deposited)
  @DurableHandler({ name, startAt: 'beginning' })
  class Listener {
    handle(event: Deposited): void {
      heard.set(name, [...(heard.get(name) ?? []), recordOf(event).version]);
    }
  }
  return new Listener();
}

let database: LogDatabase;
let processes: HandlerProcess[];
beforeEach(async () => {
  database = await LogDatabase.create();
  processes = [];
  heard = new Map();
});
afterEach(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await database.drop();
});

async function start(): Promise<HandlerProcess> {
  const process = await HandlerProcess.start({
    commandUrl: database.url,
    queryUrl: database.url,
    handlers: NAMES.map((name) => [listener(name), Deposited]),
  });
  processes.push(process);
  return process;
}

const heldBy = (process: HandlerProcess): number =>
  NAMES.filter((name) => process.subscription(name).state === 'running').length;

async function share(...expected: number[]): Promise<void> {
  await eventually(
    `the handlers to be shared as ${expected.join(', ')}`,
    () => Promise.resolve(processes.map(heldBy)),
    (found) => JSON.stringify(found) === JSON.stringify(expected),
  );
}

async function deposit(from: number, count: number): Promise<void> {
  const log = openLog(database.url);
  await log.append(append([write('account-a', from, count)])).result;
  await log.close();
}

async function allHear(versions: number): Promise<void> {
  const expected = Array.from({ length: versions }, (_, index) => index + 1);
  await eventually(
    `every handler to hear of ${versions} events`,
    () => Promise.resolve(NAMES.map((name) => heard.get(name)?.length ?? 0)),
    (counts) => counts.every((count) => count >= versions),
  );
  for (const name of NAMES) expect(heard.get(name)).toEqual(expected);
}

it('shares the handlers evenly as processes come and go, and each gets every event in order', async () => {
  const first = await start();
  await share(6);
  await deposit(0, 50);
  await start();
  await share(3, 3);
  await deposit(50, 50);
  await start();
  await share(2, 2, 2);
  await deposit(100, 50);
  processes.shift();
  await first.stop();
  await share(3, 3);
  await deposit(150, 50);
  await allHear(200);
});

it('takes over from a process whose beats do not reach the database, within the time of its lease', async () => {
  await start();
  await share(6);
  await deposit(0, 50);
  await allHear(50);
  const [member] = await database.query<{ id: string }>('SELECT id FROM lease_member');
  const before = await database.query<{ holder: string }>('SELECT holder FROM checkpoint');
  // Whoever beats for the first process waits for this, and for nothing else.
  const lock = await database.connect();
  await lock.query('BEGIN');
  await lock.query('SELECT FROM lease_member WHERE id = $1 FOR UPDATE', [member?.id]);
  await start();
  await share(0, 6);
  await deposit(50, 50);
  await allHear(100);
  const after = await database.query<{ holder: string }>('SELECT holder FROM checkpoint');
  expect(after.filter(({ holder }) => before.some((old) => old.holder === holder))).toEqual([]);
  await lock.query('ROLLBACK');
  await share(3, 3);
  await deposit(100, 50);
  await allHear(150);
});

it('offers what nobody else has taken to a process that comes as another one goes', async () => {
  const enter = `INSERT INTO lease_member (id, alive_until, handlers, shares, knows_partitions)
                 VALUES (gen_random_uuid(), now() + interval '1 hour', '{}', true, true)`;
  await database.query(enter);
  await start();
  // The other process takes nothing.
  await share(6);
  await database.query(`WITH gone AS (DELETE FROM lease_member WHERE handlers = '{}') ${enter}`);
  await share(3);
});
