import { v7 as uuidv7 } from 'uuid';
import { CartAnswers } from '../../src/cart/answers/cart-answers.js';
import { CartWriter } from '../../src/cart/write-side/cart-writer.js';
import { AbandonCartCommand, AbandonCartHandler } from '../../src/cart/commands/abandon-cart.command.js';
import { addItem, clearCart, openCart } from '../../src/cart/domain/cart.decisions.js';
import { cartEvents } from '../../src/cart/domain/cart.events.js';
import { addition, limits, mug } from '../../src/cart/testing/examples.js';
import type { CatalogPort } from '../../src/catalog/port/catalog.port.js';
import {
  EventLog,
  EventRegistry,
  EventStore,
  MessageIdentity,
  withMessageContext,
  type DurableCommandBus,
  type EnqueueOptions,
} from '../../src/event-sourcing/index.js';
import { StateCache } from '../../src/event-sourcing/store/state-cache.js';
import { LogDatabase } from '../event-sourcing/support/log-database.js';

const IDLE_MS = 60_000;
const catalog: CatalogPort = {
  find: () => [mug],
  present: () => Promise.resolve(new Map([[mug.sku, mug]])),
  known: () => undefined,
};

let database: LogDatabase;
let log: EventLog;
let now = new Date();
let carts: CartWriter;
let timers: EnqueueOptions[];
let abandoning: AbandonCartHandler;

beforeAll(async () => {
  database = await LogDatabase.create();
  const registry = new EventRegistry();
  registry.register(cartEvents);
  const options = {
    connection: { connectionString: database.url },
    maxBatchesInFlight: 2,
    maxBatchSize: 256,
    patienceMs: 5_000,
  };
  log = new EventLog(options, registry, () => undefined);
  const store = new EventStore(log, new StateCache(log, 1_000), () => now);
  carts = new CartWriter(store, new CartAnswers(catalog));
  const bus = {
    enqueue: (_command: object, timer: EnqueueOptions) => {
      timers.push(timer);
      return Promise.resolve('');
    },
  };
  abandoning = new AbandonCartHandler(store, bus as unknown as DurableCommandBus, IDLE_MS);
});
afterAll(async () => {
  await log.close();
  await database.drop();
});
beforeEach(() => {
  timers = [];
});

const wait = (ms: number): void => {
  now = new Date(now.getTime() + ms);
};
/** Runs `work` as the message with this id, which may be a repeat. */
const as = <T>(id: string, work: () => Promise<T>): Promise<T> => {
  const identity = new MessageIdentity(id, 'f');
  const actor = { type: 'system', id: null } as const;
  return withMessageContext({ correlationId: id, causationId: id, actor, identity }, work);
};
const add = (cartId: string) =>
  carts.change({ cartId, key: 'master' }, () => addItem(mug, addition(uuidv7(), 1), limits));

describe('a repeated change of a cart', () => {
  it('gets the first answer, even if the cart has changed since', async () => {
    const [cartId, opening, adding] = [uuidv7(), uuidv7(), uuidv7()];
    const open = () => as(opening, () => carts.open(cartId, () => openCart(cartId, 'EUR', null)));
    const opened = await open();
    const added = await as(adding, () => add(cartId));
    await carts.change({ cartId, key: 'master' }, () => clearCart());
    expect(added.cart).toMatchObject({ version: 2, itemCount: 1 });
    expect(await as(adding, () => add(cartId))).toEqual(added);
    expect(await open()).toEqual(opened);
    expect(await log.streamVersion(`cart-${cartId}`)).toBe(3);
  });
});

describe('the command that abandons an idle cart', () => {
  it('sets its timer again after an interrupted run, by the present cart', async () => {
    const [cartId, run] = [uuidv7(), uuidv7()];
    await carts.open(cartId, () => openCart(cartId, 'EUR', null));
    wait(IDLE_MS);
    const look = () => as(run, () => abandoning.execute(new AbandonCartCommand(cartId)));
    await look();
    expect(timers).toEqual([]);
    expect(await log.streamVersion(`cart-${cartId}`)).toBe(2);
    await look();
    expect(timers).toEqual([]);

    wait(1_000);
    await add(cartId);
    await look();
    expect(timers).toEqual([{ id: `cart.abandon ${cartId}`, runAt: new Date(now.getTime() + IDLE_MS) }]);
    expect(await log.streamVersion(`cart-${cartId}`)).toBe(3);
  });

  it('waits until the cart will have been idle, counted from its last change', async () => {
    const cartId = uuidv7();
    await carts.open(cartId, () => openCart(cartId, 'EUR', null));
    wait(1_000);
    await add(cartId);
    const due = new Date(now.getTime() + IDLE_MS);
    wait(IDLE_MS - 1);
    await as(uuidv7(), () => abandoning.execute(new AbandonCartCommand(cartId)));
    expect(timers).toEqual([{ id: `cart.abandon ${cartId}`, runAt: due }]);
    expect(await log.streamVersion(`cart-${cartId}`)).toBe(2);
  });
});
