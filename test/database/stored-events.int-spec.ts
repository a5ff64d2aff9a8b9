import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { cartEvents } from '../../src/cart/domain/cart.events.js';
import { customerEvents } from '../../src/cart/domain/customer.events.js';
import { STORED_EVENTS as CART_EVENTS } from '../../src/cart/testing/stored-events.js';
import { productEvents } from '../../src/catalog/domain/product.events.js';
import { STORED_EVENTS as PRODUCT_EVENTS } from '../../src/catalog/testing/stored-events.js';
import { event, EventLog, EventRegistry, type EventDefinitions } from '../../src/event-sourcing/index.js';
import { storedEventsContract, type StoredEventSamples } from '../../src/event-sourcing/testing/index.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

/** An event in its third version, as no event of the service is that old. */
class Renamed extends event('person.renamed', 3)<{ first: string; last: string }>() {}

const personEvents: EventDefinitions = {
  events: [Renamed],
  upcasters: {
    'person.renamed': {
      1: ({ name }) => ({ full: name }),
      2: ({ full }) => {
        const [first, last] = String(full).split(' ');
        return { first, last };
      },
    },
  },
};

const ada = new Renamed({ first: 'Ada', last: 'Lovelace' });
const FEATURES = [cartEvents, customerEvents, productEvents, personEvents];
const SAMPLES: StoredEventSamples = {
  ...CART_EVENTS,
  ...PRODUCT_EVENTS,
  'person.renamed.v1': { data: { name: 'Ada Lovelace' }, event: ada },
  'person.renamed.v2': { data: { full: 'Ada Lovelace' }, event: ada },
  'person.renamed.v3': { data: { first: 'Ada', last: 'Lovelace' }, event: ada },
};

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase('stored_events', 'template_command');
});
afterAll(() => database.drop());

it('has a sample of every version of every event', () => {
  storedEventsContract(FEATURES, SAMPLES);
});

it('reads every version of every event from the log as the event of today', async () => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (const [index, [name, { data }]] of Object.entries(SAMPLES).entries()) {
    const [, type, version] = /^(.+)\.v(\d+)$/.exec(name) ?? [];
    await client.query(
      `INSERT INTO event_log VALUES (nextval('event_position'), 'sample-1', $1, $2, $3, $4, $5, $6, now())`,
      [
        index + 1,
        uuidv7(),
        type,
        version,
        data,
        { correlationId: 'c', causationId: 'c', actor: null, commandId: 'c' },
      ],
    );
  }
  await client.end();
  const registry = new EventRegistry();
  for (const definitions of FEATURES) registry.register(definitions);
  const connection = { connectionString: database.url };
  const options = { connection, maxBatchesInFlight: 1, maxBatchSize: 1, patienceMs: 10_000 };
  const log = new EventLog(options, registry, () => undefined);
  const read = await log.readStream('sample-1');
  await log.close();
  expect(read.map((recorded) => recorded.event)).toStrictEqual(
    Object.values(SAMPLES).map((sample) => sample.event),
  );
});
