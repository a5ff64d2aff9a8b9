import { post, requestText } from '../http/http-connection.js';
import { bearerLine, lineOf, MINIMAL, OPEN_CART_BODY, openCarts } from '../http/shop.js';
import { perCart, targetOf } from './adds.js';
import type { Scenario } from './scenario.js';

const BATCH = 20;
const ITEMS_TO_REMOVE = 5;

/** Scenarios of the other commands. Answers are minimal, except those that are always whole. */
export const CHANGES: readonly Scenario[] = [
  {
    name: 'change',
    title: 'change the quantity of an item, cart of 5',
    calls: 2_000,
    once: true,
    async prepare({ writeOrigin }, most) {
      const carts = await openCarts(writeOrigin, Math.min(500, most), 5);
      let quantity = 1;
      return (count) => {
        const from = quantity;
        quantity += Math.ceil(count / carts.length);
        return perCart(carts, count, (cart, turn) => {
          const { path, headers } = targetOf(cart);
          const body = JSON.stringify({ quantity: from + turn + 1 });
          return requestText('PATCH', `${path}/items/${cart.items[0]?.id ?? ''}`, body, MINIMAL + headers);
        });
      };
    },
  },
  {
    name: 'remove',
    title: 'remove an item, carts of 5 items down to 0',
    calls: 2_000,
    once: true,
    prepare: ({ writeOrigin }) =>
      Promise.resolve(async (count) => {
        const carts = await openCarts(writeOrigin, Math.ceil(count / ITEMS_TO_REMOVE), ITEMS_TO_REMOVE);
        return perCart(carts, count, (cart, turn) => {
          const { path, headers } = targetOf(cart);
          return requestText('DELETE', `${path}/items/${cart.items[turn]?.id ?? ''}`, '', MINIMAL + headers);
        });
      }),
  },
  {
    name: 'batch',
    title: `batch of ${BATCH} adds in one request, cart of ${BATCH}`,
    calls: 500,
    async prepare({ writeOrigin }, most) {
      const carts = await openCarts(writeOrigin, Math.min(200, most), BATCH);
      return (count) =>
        perCart(carts, count, (cart) => {
          const { path, headers } = targetOf(cart);
          const operations = cart.items.map(({ sku }) => ({ op: 'add', ...lineOf(sku) }));
          return requestText('PATCH', `${path}/items`, JSON.stringify({ operations }), MINIMAL + headers);
        });
    },
  },
  {
    name: 'open',
    title: 'open an empty cart',
    calls: 2_000,
    prepare: () => Promise.resolve(() => [[post('/v1/carts', OPEN_CART_BODY, MINIMAL)]]),
  },
  {
    name: 'claim',
    title: 'claim a cart of 5 items for a new customer',
    calls: 1_000,
    once: true,
    prepare: ({ writeOrigin }) =>
      Promise.resolve(async (count) => {
        const carts = await openCarts(writeOrigin, count, 5);
        return perCart(carts, count, (cart) => {
          const { path, headers } = targetOf(cart);
          return post(`${path}/claims`, '{}', headers + bearerLine({ sub: `customer of ${cart.id}` }));
        });
      }),
  },
];
