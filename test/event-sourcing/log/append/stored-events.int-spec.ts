import { event } from '../../../../src/event-sourcing/kernel/event.js';
import { EventRegistry, UnknownEventError } from '../../../../src/event-sourcing/kernel/event-registry.js';
import { EventLog } from '../../../../src/event-sourcing/log/event-log.js';
import { SettledLog } from '../../../../src/event-sourcing/log/settled/settled-log.js';
import { eventually } from '../../../support/eventually.js';
import { append, write } from '../../support/bank.js';
import { LogDatabase } from '../../support/log-database.js';

class Moved extends event('person.moved', 2)<{ street: string; city: string }>() {}

let database: LogDatabase;
let log: EventLog;
beforeEach(async () => {
  database = await LogDatabase.create();
  const registry = new EventRegistry();
  registry.register({
    events: [Moved],
    upcasters: {
      'person.moved': {
        1: ({ address }) => {
          const [street, city] = String(address).split(', ');
          return { street, city };
        },
      },
    },
  });
  const options = {
    connection: { connectionString: database.url },
    maxBatchesInFlight: 1,
    maxBatchSize: 10,
    patienceMs: 5_000,
  };
  log = new EventLog(options, registry, () => undefined);
});
afterEach(async () => {
  await log.close();
  await database.drop();
});

/** As another release of the program would have stored it. */
async function stored(type: string, schemaVersion: number, data: object): Promise<void> {
  await database.query(
    `SELECT append_event('person-1', (SELECT count(*)::int + 1 FROM event_log), gen_random_uuid(), $1, $2, $3, '{}', now(), '{}', '{}')`,
    [type, schemaVersion, JSON.stringify(data)],
  );
}

it('an event of an old schema version is read as one of today', async () => {
  await stored('person.moved', 1, { address: '1 High Street, Bath' });
  await log.append(append([write('person-1', 1, [new Moved({ street: '2 Low Street', city: 'York' })])]))
    .result;
  const events = (await log.readStream('person-1')).map((recorded) => recorded.event);
  expect(events).toEqual([
    new Moved({ street: '1 High Street', city: 'Bath' }),
    new Moved({ street: '2 Low Street', city: 'York' }),
  ]);
  expect(events[0]).toBeInstanceOf(Moved);
});

it.each([
  ['of a type that this program does not know', 'person.died', 1],
  ['of a schema version that is newer than this program', 'person.moved', 3],
])('an event %s is not left out of a page for other types', async (_, type, schemaVersion) => {
  await stored('person.moved', 2, { street: 'a', city: 'b' });
  const types = new Set(['person.born']);
  const range = { after: 0, upTo: Number.MAX_SAFE_INTEGER };
  expect(await log.readRangeFor(types, range, 10)).toHaveLength(1);
  await stored(type, schemaVersion, {});
  await stored('person.moved', 2, { street: 'c', city: 'd' });
  await expect(log.readRangeFor(types, range, 10)).rejects.toThrow(UnknownEventError);
});

it.each([
  ['of a type that this program does not know', 'person.died', 1],
  ['of a schema version that is newer than this program', 'person.moved', 3],
])('an event %s stops whoever follows the log, and is not passed over', async (_, type, schemaVersion) => {
  const fatal: Error[] = [];
  const settled = new SettledLog(log, {
    onConnectionError: () => undefined,
    onFatal: (error) => fatal.push(error),
  });
  await settled.start();
  await stored('person.moved', 2, { street: 'a', city: 'b' });
  await eventually(
    'the first event',
    () => Promise.resolve(settled.mark),
    (mark) => mark === 1,
  );
  await stored(type, schemaVersion, {});
  await eventually(
    'the follower to stop',
    () => Promise.resolve(fatal),
    (errors) => errors.length === 1,
  );
  expect(fatal[0]).toBeInstanceOf(UnknownEventError);
  expect(settled.mark).toBe(1);
  await expect(log.readStream('person-1')).rejects.toThrow(UnknownEventError);
  await settled.stop();
});
