import { Client } from 'pg';
import { AS_NOBODY, asCustomer } from '../support/credentials.js';
import { eventually } from '../support/eventually.js';
import { useService } from '../support/use-service.js';
import { StuckLog } from '../limits/stuck-log.js';

const PLACES = 2;
const RATE = 50;
const service = useService('metrics', {
  MAX_WAITING_COMMANDS: String(PLACES),
  RATE_LIMIT: `${RATE}/h`,
});

const ran = (command: string, outcome: string): string =>
  `cartwright_command_duration_seconds_count{command="${command}",outcome="${outcome}"}`;

/** All samples of a scrape: values by name and labels, as they stand in the text. */
async function scrape(): Promise<ReadonlyMap<string, number>> {
  const { status, headers, text } = await service().http.get('/metrics', AS_NOBODY);
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

it('shows the position of every handler', async () => {
  await service().shop.stockAll(['MUG-1']);
  const labels = '{name="catalog-products",kind="projection"}';
  const samples = await eventually(
    'the projection to be caught up',
    scrape,
    (all) => all.get(`cartwright_subscription_lag${labels}`) === 0,
  );
  expect(samples.get(`cartwright_subscription_lag_seconds${labels}`)).toBe(0);
  expect(samples.get(`cartwright_subscription_parked${labels}`)).toBe(0);
  expect(samples.get('cartwright_subscriptions_known')).toBe(1);
  const told = (figure: string) =>
    [...samples.keys()].filter((key) => key.startsWith(`cartwright_subscription_${figure}{`));
  for (const figure of ['lag', 'lag_seconds', 'parked']) {
    expect(told(figure).map((key) => /name="(.+)",kind="(.+)"/.exec(key)?.slice(1).join(' '))).toEqual([
      'catalog-products projection',
      'carts projection',
      'cart-abandonment saga',
      'commands handler',
    ]);
  }
});

it('shows leases, connections and memory of this process', async () => {
  const samples = await eventually(
    'all leases to be held',
    scrape,
    (all) => all.get('cartwright_leases_held') === 3,
  );
  expect(samples.get('cartwright_appends_waiting')).toBe(0);
  for (const database of ['command', 'query']) {
    const of = (state: string) =>
      samples.get(`cartwright_pool_connections{database="${database}",state="${state}"}`);
    expect([of('total'), of('idle'), of('waiting')]).not.toContain(undefined);
  }
  expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(0);
});

it('counts commands by their outcomes, and their appends', async () => {
  const { shop, http } = service();
  const before = await scrape();
  const cart = await shop.open([{ sku: 'MUG-1', quantity: 1 }]);
  for (const sku of ['MUG-1', 'NO-SUCH']) {
    await http.send('POST', `/v1/carts/${cart.id}/items`, { body: { sku, quantity: 1 } });
  }
  const after = await scrape();
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const adds = ['done', 'refused', 'failed'].map((outcome) => grown(ran('AddItemCommand', outcome)));
  expect(adds).toEqual([1, 1, 0]);
  expect(grown('cartwright_append_batch_size_count')).toBe(
    grown('cartwright_append_batch_duration_seconds_count'),
  );
  expect(grown('cartwright_append_batch_size_sum')).toBeGreaterThan(0);
  expect(grown('cartwright_append_conflicts_total')).toBe(0);
});

it('counts stored commands by their stable names', async () => {
  const { id } = await service().shop.open();
  const database = new Client({ connectionString: service().commandDatabaseUrl });
  await database.connect();
  await eventually(
    'the timer to be due',
    () => database.query(`UPDATE durable_command SET due_at = now() WHERE data->>'cartId' = $1`, [id]),
    ({ rowCount }) => rowCount === 1,
  );
  await database.end();
  await eventually('the timer to have run', scrape, (all) => (all.get(ran('cart.abandon', 'done')) ?? 0) > 0);
  const names = [...(await scrape()).keys()].flatMap((key) => /\bcommand="([^"]+)"/.exec(key)?.[1] ?? []);
  expect(names).not.toContain('AbandonCartCommand');
});

it('counts answered problems by code, refused requests included', async () => {
  const { http, shop } = service();
  const problems = async (code: string) => (await scrape()).get(`cartwright_problems_total{code="${code}"}`);
  const cart = await shop.open();
  expect([await problems('OVERLOADED'), await problems('CART_NOT_FOUND')]).toEqual([0, undefined]);

  await http.get('/v1/carts/nothing');
  expect(await problems('CART_NOT_FOUND')).toBe(1);

  const hasty = asCustomer('hasty');
  for (let sent = 0; sent < RATE + 2; sent += 1) await http.get('/v1/products', hasty);
  expect(await problems('RATE_LIMITED')).toBe(2);

  const stuck = await StuckLog.at(service().commandDatabaseUrl);
  const answers: number[] = [];
  const crowd = Array.from({ length: PLACES + 3 }, async () => {
    answers.push((await shop.add(cart.id, { sku: 'MUG-1' })).status);
  });
  await eventually(
    'the others to be turned away',
    () => Promise.resolve(answers.length),
    (count) => count === 3,
  );
  await stuck.letGo();
  await Promise.all(crowd);
  expect(await problems('OVERLOADED')).toBe(3);
});
