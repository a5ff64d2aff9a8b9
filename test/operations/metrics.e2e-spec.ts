import { AS_NOBODY } from '../support/credentials.js';
import { eventually } from '../support/eventually.js';
import { useService } from '../support/use-service.js';

const service = useService('metrics');

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

it('tells how far every projection is', async () => {
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
});

it('tells of this process: its leases, connections and memory', async () => {
  const samples = await eventually(
    'all leases to be held',
    scrape,
    (all) => all.get('cartwright_leases_held') === 4,
  );
  expect(samples.get('cartwright_appends_waiting')).toBe(0);
  for (const database of ['command', 'query']) {
    const of = (state: string) =>
      samples.get(`cartwright_pool_connections{database="${database}",state="${state}"}`);
    expect([of('total'), of('idle'), of('waiting')]).not.toContain(undefined);
  }
  expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(0);
});

it('counts commands by what became of them, and the appends that they led to', async () => {
  const { shop, http } = service();
  const before = await scrape();
  const cart = await shop.open([{ sku: 'MUG-1', quantity: 1 }]);
  for (const sku of ['MUG-1', 'NO-SUCH']) {
    await http.send('POST', `/v1/carts/${cart.id}/items`, { body: { sku, quantity: 1 } });
  }
  const after = await scrape();
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const commands = (outcome: string) =>
    `cartwright_command_duration_seconds_count{command="AddItemCommand",outcome="${outcome}"}`;
  expect([grown(commands('done')), grown(commands('refused')), grown(commands('failed'))]).toEqual([1, 1, 0]);
  expect(grown('cartwright_append_batch_size_count')).toBe(
    grown('cartwright_append_batch_duration_seconds_count'),
  );
  expect(grown('cartwright_append_batch_size_sum')).toBeGreaterThan(0);
  expect(grown('cartwright_append_conflicts_total')).toBe(0);
});
