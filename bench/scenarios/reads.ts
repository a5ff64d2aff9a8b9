import { get } from '../http/http-connection.js';
import { ADMIN, addRequest, openCarts, SKUS } from '../http/shop.js';
import { skuIn, targetOf } from './adds.js';
import type { Scenario } from './scenario.js';

const PAGE = 100;
/** Positions between the beginnings of two pages. */
const PAGE_STEP = 17;
const PAGES = 50;

/** Scenarios of reading. */
export const READS: readonly Scenario[] = [
  {
    name: 'get',
    title: 'GET of a cart of 5 items that the process knows',
    calls: 4_000,
    async prepare({ writeOrigin }, most) {
      const carts = await openCarts(writeOrigin, Math.min(500, most), 5);
      return () => carts.map((cart) => [getRequest(cart)]);
    },
  },
  {
    name: 'get-unseen',
    title: 'GET of a cart of 5 items that the process has never seen',
    calls: 4_000,
    once: true,
    restarts: true,
    // The warm-up of a measurement reads carts of its own.
    async prepare({ writeOrigin }, most) {
      const carts = await openCarts(writeOrigin, 2 * most, 5);
      let next = 0;
      return (count) => {
        const from = next + count > carts.length ? 0 : next;
        next = from + count;
        return carts.slice(from, next).map((cart) => [getRequest(cart)]);
      };
    },
  },
  {
    name: 'get-changing',
    title: 'an add, then a GET of the same cart of 5 items',
    calls: 2_000,
    async prepare({ writeOrigin }, most) {
      const carts = await openCarts(writeOrigin, Math.min(500, most), 5);
      return (count) =>
        Array.from({ length: Math.ceil(count / carts.length) }, (_, turn) =>
          carts.map((cart) => [addRequest(cart, skuIn(cart, turn)), getRequest(cart)]),
        )
          .flat()
          .slice(0, count);
    },
  },
  {
    name: 'not-modified',
    title: '304: GET of a cart that has not changed',
    calls: 4_000,
    async prepare({ writeOrigin }, most) {
      const carts = await openCarts(writeOrigin, Math.min(500, most), 5);
      return () => carts.map((cart) => [getRequest(cart, `if-none-match: "${cart.version}"\r\n`)]);
    },
  },
  {
    name: 'list',
    title: 'list of the carts with a SKU, 20 a page',
    calls: 2_000,
    async prepare({ writeOrigin }, most) {
      await openCarts(writeOrigin, Math.min(4_000, 2 * most), 5);
      return () => SKUS.map((sku) => [get(`/v1/carts?limit=20&sku=${sku}`, ADMIN)]);
    },
  },
  {
    name: 'past',
    title: 'GET of a past version of a cart of 5 items',
    calls: 2_000,
    async prepare({ writeOrigin }, most) {
      const carts = await openCarts(writeOrigin, Math.min(500, most), 5);
      return () => carts.map((cart) => [getRequest(cart, '', '?version=4')]);
    },
  },
  {
    name: 'feed',
    title: `page of ${PAGE} events of the log`,
    calls: 1_000,
    async prepare({ writeOrigin }, most) {
      await openCarts(writeOrigin, Math.min(500, most), 5);
      return () =>
        Array.from({ length: PAGES }, (_, page) => [
          get(`/v1/events?limit=${PAGE}&after=${page * PAGE_STEP}`, ADMIN),
        ]);
    },
  },
];

function getRequest(cart: Parameters<typeof targetOf>[0], more = '', query = ''): string {
  const { path, headers } = targetOf(cart);
  return get(path + query, headers + more);
}
