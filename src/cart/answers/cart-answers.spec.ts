import type { CatalogPort, Product } from '../../catalog/port/catalog.port.js';
import { emptyStream, fold, type Versioned } from '../../event-sourcing/index.js';
import { cartContent, type CartContent } from './cart-content.js';
import { cartDecider } from '../domain/cart.js';
import type { CartEvent } from '../domain/cart.events.js';
import { cap, capAdded, mug, mugAdded, mugId, offer, opened } from '../testing/examples.js';
import { CartAnswers } from './cart-answers.js';

const at = new Date('2030-01-01T00:00:00Z');

const cartAfter = (...events: CartEvent[]): CartContent =>
  cartContent(
    fold(
      cartDecider,
      emptyStream(cartDecider),
      events.map((event) => ({ event, occurredAt: at })),
    ),
  );

/** Products that a process has in memory, and those that it would have to load. */
class Catalogue implements CatalogPort {
  loads = 0;
  private readonly memory = new Map<string, Versioned<Product | undefined>>();

  constructor(private readonly products: readonly Product[]) {}

  remember(product: Product): void {
    this.memory.set(product.sku, { state: product, version: 1, occurredAt: at });
  }

  forget(sku: string): void {
    this.memory.delete(sku);
  }

  find(): Product[] {
    throw new Error('A query decides nothing.');
  }

  present(skus: readonly string[]): Promise<Map<string, Product>> {
    this.loads += 1;
    const found = this.products.filter(({ sku }) => skus.includes(sku));
    for (const product of found) this.remember(product);
    return Promise.resolve(new Map(found.map((product) => [product.sku, product])));
  }

  known(sku: string): Versioned<Product | undefined> | undefined {
    return this.memory.get(sku);
  }
}

let catalogue: Catalogue;
let answers: CartAnswers;

beforeEach(() => {
  catalogue = new Catalogue([mug, cap]);
  answers = new CartAnswers(catalogue);
});

describe('a kept answer', () => {
  const cart = cartAfter(opened, mugAdded, capAdded);

  beforeEach(() => {
    catalogue.remember(mug);
    catalogue.remember(cap);
  });

  it('is given again while the cart and its products are the same', async () => {
    const answer = await answers.of(cart);
    expect(answer).toEqual({ cart, notices: [] });
    expect(await answers.of(cart)).toBe(answer);
    expect(catalogue.loads).toBe(0);
  });

  it('is replaced when one of the products changes, and again when it changes back', async () => {
    await answers.of(cart);
    catalogue.remember(offer('MUG-1', 1500));
    const { notices } = await answers.of(cart);
    expect(notices).toEqual([{ code: 'PRICE_CHANGED', itemId: mugId, previous: 1999, current: 1500 }]);
    catalogue.remember(mug);
    expect((await answers.of(cart)).notices).toEqual([]);
  });

  it('is not given when a product has left the memory', async () => {
    const answer = await answers.of(cart);
    catalogue.forget('MUG-1');
    expect(await answers.of(cart)).toEqual(answer);
    expect(catalogue.loads).toBe(1);
  });

  it('is not given for other content', async () => {
    const { cart: shown } = await answers.of(cart);
    const other = cartAfter(opened, mugAdded);
    expect((await answers.of(other)).cart).toBe(other);
    expect(shown).toBe(cart);
  });
});

it('loads products that are not in memory, once', async () => {
  const cart = cartAfter(opened, mugAdded, capAdded);
  const answer = await answers.of(cart);
  const kept = await answers.of(cart);
  expect(kept).toEqual(answer);
  expect(await answers.of(cart)).toBe(kept);
  expect(catalogue.loads).toBe(1);
});

it('keeps the answer of an empty cart without a look at the catalogue', async () => {
  const cart = cartAfter(opened);
  const answer = await answers.of(cart);
  expect(answer).toEqual({ cart, notices: [] });
  expect(await answers.of(cart)).toBe(answer);
  expect(catalogue.loads).toBe(0);
});
