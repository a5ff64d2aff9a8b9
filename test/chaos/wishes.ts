import type { LaunchedService } from '../lifecycle/launched-service.js';
import type { Answer, Headers } from '../support/http-client.js';
import type { Cart } from '../support/shop.js';
import type { SeededRandom } from './seeded-random.js';

/** The products that shoppers choose from. */
export const SKUS = Array.from({ length: 12 }, (_, index) => `SKU-${index}`);
const MOST_ADDED_AT_ONCE = 3;

/** What a shopper wants next. */
export interface Wish {
  readonly name: string;
  /** How many events it leads to if it takes effect; `undefined` where none may be right, too. */
  readonly events: number | undefined;
  /** The version that the answer has to show at least, if it shows a cart. */
  readonly atLeast?: number;
  readonly send: (service: LaunchedService, headers: Headers) => Promise<Answer>;
}

/**
 * Draws the next wish. As many numbers are drawn each time, so what comes after does not depend on the carts that there are.
 * @param carts that shoppers use at present
 */
export function drawWish(random: SeededRandom, carts: readonly Cart[]): Wish {
  const [lot, which, item] = [random.next(), random.next(), random.next()];
  const [sku, quantity, amount] = [random.pick(SKUS), random.between(1, 9), random.between(1, 9_999)];
  const several = Array.from({ length: MOST_ADDED_AT_ONCE }, () => random.pick(SKUS));
  const count = random.between(2, MOST_ADDED_AT_ONCE);
  const cart = carts[Math.floor(which * carts.length)];
  if (lot < 0.03) {
    const body = { name: `Product ${sku}`, price: { amount, currency: 'EUR' } };
    return {
      name: 'price a product',
      events: undefined,
      send: ({ http }, headers) => http.send('PUT', `/v1/products/${sku}`, { body, headers }),
    };
  }
  if (lot < 0.1 || !cart) {
    const body = { currency: 'EUR' };
    return {
      name: 'open a cart',
      events: 1,
      send: ({ http }, headers) => http.send('POST', '/v1/carts', { body, headers }),
    };
  }
  if (lot < 0.12) {
    return {
      name: 'discard a cart',
      events: undefined,
      send: ({ shop }, headers) => shop.discard(cart.id, headers),
    };
  }
  if (lot < 0.2) {
    return {
      name: 'look at a cart',
      events: 0,
      atLeast: cart.version,
      send: ({ shop }, headers) => shop.look(cart.id, { ...headers, 'x-min-version': String(cart.version) }),
    };
  }
  if (lot < 0.3) {
    const operations = several.slice(0, count).map((each) => ({ op: 'add', sku: each, quantity }));
    return {
      name: 'add several items',
      events: count,
      send: ({ shop }, headers) => shop.change(cart.id, operations, headers),
    };
  }
  const chosen = cart.items[Math.floor(item * cart.items.length)];
  if (lot < 0.65 || !chosen) {
    return {
      name: 'add an item',
      events: 1,
      send: ({ shop }, headers) => shop.add(cart.id, { sku, quantity }, headers),
    };
  }
  if (lot < 0.85) {
    return {
      name: 'change a quantity',
      events: undefined,
      send: ({ shop }, headers) => shop.changeQuantity(cart.id, chosen.id, quantity, headers),
    };
  }
  return {
    name: 'remove an item',
    events: 1,
    send: ({ shop }, headers) => shop.remove(cart.id, chosen.id, headers),
  };
}
