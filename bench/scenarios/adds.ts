import { addRequest, openCarts, SKUS, tokenLine, type BenchCart } from '../http/shop.js';
import type { CallRequests, Scenario } from './scenario.js';

const GROWN_ITEMS = 20;
const HOT_SKUS = 5;

/** One more of an item that is there, so that the cart keeps its size. */
function addToCartOf(items: number, carts: number, headers?: string): Omit<Scenario, 'name' | 'title'> {
  return {
    calls: 2_000,
    async prepare({ writeOrigin }, most) {
      const opened = await openCarts(writeOrigin, Math.min(carts, most), items);
      return (count) => perCart(opened, count, (cart, turn) => addRequest(cart, skuIn(cart, turn), headers));
    },
  };
}

/** Scenarios of adding an item. */
export const ADDS: readonly Scenario[] = [
  { name: 'add-1', title: 'add, cart of 1 item', ...addToCartOf(1, 500) },
  { name: 'add-5', title: 'add, cart of 5 items', ...addToCartOf(5, 500) },
  { name: 'add-50', title: 'add, cart of 50 items', ...addToCartOf(50, 200) },
  { name: 'add-500', title: 'add, cart of 500 items', ...addToCartOf(500, 64) },
  { name: 'add-whole', title: 'add, cart of 5 items, whole cart answered', ...addToCartOf(5, 500, '') },
  {
    name: 'add-growing',
    title: 'add, carts that grow from 0 to 20 items',
    calls: 2_000,
    once: true,
    prepare: ({ writeOrigin }) =>
      Promise.resolve(async (count) => {
        const carts = await openCarts(writeOrigin, Math.ceil(count / GROWN_ITEMS));
        return perCart(carts, count, (cart, turn) => addRequest(cart, SKUS[turn] ?? ''));
      }),
  },
  {
    name: 'hot',
    title: 'add, all clients to one cart, the same five SKUs',
    calls: 2_000,
    mayRefuse: true,
    // A new cart each time, so that its history is as long for each measurement.
    prepare: ({ writeOrigin }) =>
      Promise.resolve(async (count) => {
        const carts = await openCarts(writeOrigin, 1);
        return perCart(carts, count, (cart, turn) => addRequest(cart, SKUS[turn % HOT_SKUS] ?? ''));
      }),
  },
];

/** One request for each cart in turn, until there are `count`. `turn` tells how many the cart has had. */
export function perCart(
  carts: readonly BenchCart[],
  count: number,
  request: (cart: BenchCart, turn: number) => string,
): CallRequests[] {
  return Array.from({ length: Math.ceil(count / carts.length) }, (_, turn) =>
    carts.map((cart) => [request(cart, turn)]),
  )
    .flat()
    .slice(0, count);
}

/** A product that is in the cart. */
export function skuIn({ items }: BenchCart, turn: number): string {
  return items[turn % items.length]?.sku ?? '';
}

/** Path and header lines that requests to a cart share. */
export function targetOf(cart: BenchCart): { readonly path: string; readonly headers: string } {
  return { path: `/v1/carts/${cart.id}`, headers: tokenLine(cart) };
}
