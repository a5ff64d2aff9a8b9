import { post, requestText, type HttpConnection } from './http-connection.js';

/** SKUs of the products that the shop sells. */
export const SKUS = Array.from({ length: 1_000 }, (_, index) => `LANTERN-METAL-${index}`);

const CURRENCY = 'EUR';
/** What one request may carry. */
const MOST_ITEMS = 100;
const OPTIONS = { colour: 'white', size: '20 cm' };
const MINIMAL = 'prefer: return=minimal\r\n';

/** Body of `POST /carts/{cartId}/items`. */
export function addItemBody(sku: string): string {
  return JSON.stringify({ sku, quantity: 1, options: OPTIONS });
}

/** Lets the catalogue know all products. */
export async function importProducts(connection: HttpConnection): Promise<void> {
  const products = SKUS.map((sku, index) => ({
    sku,
    name: `White metal lantern number ${index} with a hanging heart and a door`,
    price: { amount: 100 + index, currency: CURRENCY },
  }));
  await connection.send(post('/v1/products/imports', JSON.stringify({ products })));
}

/** Opens empty carts, each connection one after the other, and returns their ids. */
export async function openCarts(connections: readonly HttpConnection[], count: number): Promise<string[]> {
  const request = post('/v1/carts', JSON.stringify({ currency: CURRENCY }), MINIMAL);
  const cartIds: string[] = [];
  let asked = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (asked < count) {
        asked += 1;
        cartIds.push(idOf((await connection.send(request)).body));
      }
    }),
  );
  return cartIds;
}

/** Opens a cart with the first `items` products in it. */
export async function openFilledCart(connection: HttpConnection, items: number): Promise<string> {
  const wanted = SKUS.slice(0, items).map((sku) => ({ sku, quantity: 1, options: OPTIONS }));
  const first = { currency: CURRENCY, items: wanted.slice(0, MOST_ITEMS) };
  const { body } = await connection.send(post('/v1/carts', JSON.stringify(first), MINIMAL));
  const cartId = idOf(body);
  for (let from = MOST_ITEMS; from < items; from += MOST_ITEMS) {
    const operations = wanted.slice(from, from + MOST_ITEMS).map((item) => ({ op: 'add', ...item }));
    const path = `/v1/carts/${cartId}/items`;
    await connection.send(requestText('PATCH', path, JSON.stringify({ operations }), MINIMAL));
  }
  return cartId;
}

function idOf(body: string): string {
  const { id } = JSON.parse(body) as { id?: unknown };
  if (typeof id !== 'string') throw new Error(`An answer without an id: ${body}`);
  return id;
}
