import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import type { Cart, HistoryEvent } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const IDLE_MS = 1_500;
const service = useService('abandonment', { CART_ABANDON_AFTER: `${IDLE_MS}ms` });

beforeAll(async () => {
  await service().shop.stock('MUG-1');
});

const typesOf = (events: readonly HistoryEvent[]) => events.map(({ type }) => type);
const timeOf = ({ occurredAt }: HistoryEvent) => Date.parse(occurredAt);

/** The history of a cart whose last event is `cart.abandoned`, after at least that many events. */
async function untilAbandoned(cartId: string, length: number): Promise<HistoryEvent[]> {
  const events = await eventually(
    'the cart to be abandoned',
    () => service().shop.history(cartId),
    (found) => found.length >= length && found.at(-1)?.type === 'cart.abandoned',
  );
  expectIdleBefore(events);
  return events;
}

/** Each `cart.abandoned` follows the previous event after at least the configured time. */
function expectIdleBefore(events: readonly HistoryEvent[]): void {
  events.forEach((event, index) => {
    const before = events[index - 1];
    if (event.type !== 'cart.abandoned' || before === undefined) return;
    expect(before.type).not.toBe('cart.abandoned');
    expect(timeOf(event) - timeOf(before)).toBeGreaterThanOrEqual(IDLE_MS);
  });
}

async function storedCommandsOf({ id }: Cart): Promise<number> {
  const client = new Client({ connectionString: service().commandDatabaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM durable_command WHERE data->>'cartId' = $1`,
      [id],
    );
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}

it('abandons an idle cart in the name of the system, and shows it as abandoned', async () => {
  const { shop } = service();
  const { id } = await shop.open([{ sku: 'MUG-1', quantity: 2 }]);
  const events = await untilAbandoned(id, 3);
  expect(typesOf(events)).toEqual(['cart.opened', 'cart.item-added', 'cart.abandoned']);
  expect(events[2]).toMatchObject({ actor: { type: 'system' }, data: { cartId: id } });
  expect(await shop.cart(id, 3)).toMatchObject({
    status: 'abandoned',
    version: 3,
    itemCount: 1,
    quantity: 2,
  });
  const listed = await eventually(
    'the cart to be listed',
    () => service().http.get<{ carts: Cart[] }>('/v1/carts?status=abandoned&limit=100'),
    ({ body }) => body.carts.some((cart) => cart.id === id),
  );
  expect(listed.status).toBe(200);
});

it('abandons an empty cart too', async () => {
  const { id } = await service().shop.open();
  expect(typesOf(await untilAbandoned(id, 2))).toEqual(['cart.opened', 'cart.abandoned']);
});

it('makes an abandoned cart active when an item is added, and abandons it again later', async () => {
  const { shop } = service();
  const { id } = await shop.open();
  await untilAbandoned(id, 2);
  const added = await shop.add(id, { sku: 'MUG-1' });
  expect(added).toMatchObject({ status: 201, body: { status: 'active', version: 3 } });
  const events = await untilAbandoned(id, 4);
  expect(typesOf(events)).toEqual(['cart.opened', 'cart.abandoned', 'cart.item-added', 'cart.abandoned']);
});

it('restarts the idle time with every change, by one stored command for each cart', async () => {
  const { shop } = service();
  const cart = await shop.open();
  const stored = new Set<number>();
  let changes = 0;
  // At least fifty, and until the first timer must have run.
  for (
    let last = cart;
    changes < 50 || Date.parse(last.updatedAt) < Date.parse(cart.createdAt) + 2 * IDLE_MS;
  ) {
    const answer = await shop.add(cart.id, { sku: 'MUG-1' });
    last = answer.body;
    changes += 1;
    if (changes % 10 === 0) stored.add(await storedCommandsOf(cart));
  }
  stored.add(await storedCommandsOf(cart));
  expect(Math.max(...stored)).toBeLessThanOrEqual(1);
  const events = await untilAbandoned(cart.id, changes + 2);
  expect(typesOf(events).filter((type) => type === 'cart.item-added')).toHaveLength(changes);
  await eventually(
    'the timer to be gone',
    () => storedCommandsOf(cart),
    (count) => count === 0,
  );
});

it('does not abandon a cart that was discarded, and keeps no timer for it', async () => {
  const { shop } = service();
  const [discarded, other] = [await shop.open(), await shop.open()];
  await shop.discard(discarded.id);
  await untilAbandoned(other.id, 2);
  await eventually(
    'the timer to be gone',
    () => storedCommandsOf(discarded),
    (count) => count === 0,
  );
  expect(typesOf(await shop.history(discarded.id))).toEqual(['cart.opened', 'cart.discarded']);
});

it('abandons once a cart whose time came while the service was down', async () => {
  const [waiting, fresh] = [await service().shop.open(), await service().shop.open()];
  await eventually(
    'the timer to be set',
    () => storedCommandsOf(waiting),
    (count) => count === 1,
  );
  await service().shop.add(fresh.id, { sku: 'MUG-1' });
  await service().kill();
  await service().launch();
  for (const [{ id }, length] of [
    [waiting, 2],
    [fresh, 3],
  ] as const) {
    const events = await untilAbandoned(id, length);
    expect(typesOf(events).filter((type) => type === 'cart.abandoned')).toHaveLength(1);
  }
});

it('abandons each cart once while several processes run', async () => {
  const another = await service().startAnother();
  const carts = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? service() : another).shop.open()),
  );
  for (const { id } of carts) expect(await untilAbandoned(id, 2)).toHaveLength(2);
});
