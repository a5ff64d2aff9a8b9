import { emptyStream, fold, type Versioned } from '../../event-sourcing/index.js';
import { cartContent, type CartContent } from './cart-content.js';
import { cartDecider, type Cart } from '../domain/cart.js';
import type { CartEvent } from '../domain/cart.events.js';
import { Catalogue } from '../testing/catalogue.js';
import { added, cap, capAdded, mug, mugAdded, mugId, offer, opened } from '../testing/examples.js';
import { CartAnswers } from './cart-answers.js';

const at = new Date('2030-01-01T00:00:00Z');

const after = (state: Versioned<Cart>, ...events: CartEvent[]): Versioned<Cart> =>
  fold(
    cartDecider,
    state,
    events.map((event) => ({ event, occurredAt: at })),
  );

const cartAfter = (...events: CartEvent[]): CartContent =>
  cartContent(after(emptyStream(cartDecider), ...events));

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

it('looks up only the products that the version before of a large cart does not have', async () => {
  const offers = Array.from({ length: 101 }, (_, place) => offer(`SKU-${place}`, 100));
  for (const product of offers) catalogue.remember(product);
  const additions = offers.map((product, place) => added(`item-${place}`, product, 1));
  const [more = mugAdded, ...first] = additions.reverse();
  const looksFor = async (state: Versioned<Cart>): Promise<number> => {
    catalogue.looks = 0;
    await answers.of(cartContent(state));
    return catalogue.looks;
  };

  const cart = after(emptyStream(cartDecider), opened, ...first);
  expect(await looksFor(cart)).toBe(100);
  const grown = after(cart, more);
  expect(await looksFor(grown)).toBe(1);
  expect(await looksFor(after(grown, more))).toBe(0);
  catalogue.remember(offer('SKU-50', 200));
  expect(await looksFor(after(grown, more))).toBe(1);
});
