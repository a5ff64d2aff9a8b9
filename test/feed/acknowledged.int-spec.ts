import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import { countEvents } from '../support/event-count.js';
import { FeedApp } from './feed-app.js';

const APPEND = `SELECT append_event('product-X', 1, gen_random_uuid(), 'product.registered', 1,
  '{"sku": "X", "name": "X", "active": true, "price": {"amount": 1, "currency": "EUR"}}',
  '{"correlationId": "c", "causationId": "c", "commandId": "c", "actor": {"type": "system", "id": null}}', now(), '{}', '{}')`;

const body = {
  stream: 'product-MUG-1',
  events: [{ type: 'product.price-reported', data: { sku: 'MUG-1', price: { amount: 2, currency: 'EUR' } } }],
};

let app: FeedApp;
let slowWriter: Client;

async function start(settleMs: number): Promise<void> {
  app = await FeedApp.start({ settleMs });
  slowWriter = new Client({ connectionString: app.commandDatabaseUrl });
  await slowWriter.connect();
  await slowWriter.query('BEGIN');
  await slowWriter.query(APPEND);
}

afterEach(async () => {
  await slowWriter.end();
  await app.leave();
});

describe('a report behind an append that is still open', () => {
  it('is answered when it can be read', async () => {
    await start(60_000);
    let isAnswered = false;
    const reporting = app.http.send<{ position: number }>('POST', '/v1/events', { body }).then((answer) => {
      isAnswered = true;
      return answer;
    });
    await eventually(
      'the report to be stored',
      () => countEvents(app.database),
      (count) => count === 1,
    );
    // Time enough for an answer that does not wait.
    for (let index = 0; index < 20; index += 1) await app.http.get('/v1/products');
    expect(isAnswered).toBe(false);
    await slowWriter.query('COMMIT');
    expect(await reporting).toMatchObject({ status: 201, body: { version: 1, position: 2 } });
    const { body: page } = await app.http.get('/v1/events');
    expect(page).toMatchObject({ events: [{ position: 1 }, { position: 2 }], next: 2 });
  });

  it('is answered anyway when that takes too long', async () => {
    await start(50);
    const answer = await app.http.send('POST', '/v1/events', { body });
    expect(answer).toMatchObject({ status: 201, body: { version: 1, position: 2 } });
    expect((await app.http.get('/v1/events')).body).toEqual({ events: [], next: 0 });
    await slowWriter.query('ROLLBACK');
    await app.feed.reached(2, 10_000);
    expect((await app.http.get('/v1/events')).body).toMatchObject({ events: [{ position: 2 }], next: 2 });
  });
});
