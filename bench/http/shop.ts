import { createHmac } from 'node:crypto';
import { post, requestText, type HttpConnection } from './http-connection.js';

/** SKUs of the products that the shop sells. */
export const SKUS = Array.from({ length: 1_000 }, (_, index) => `LANTERN-METAL-${index}`);

const CURRENCY = 'EUR';
/** What one request may carry. */
const MOST_ITEMS = 100;
const OPTIONS = { colour: 'white', size: '20 cm' };
const MINIMAL = 'prefer: return=minimal\r\n';

/** What the service of the benches verifies JWTs with. */
export const JWT_SECRET = 'a secret of the benches, long enough to sign with';

/** A guest's cart. */
export interface BenchCart {
  readonly id: string;
  readonly token: string;
}

/** The header line that opens a cart. */
export function tokenLine({ token }: BenchCart): string {
  return `x-cart-token: ${token}\r\n`;
}

function adminLine(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256' })}.${part({ sub: 'bench', roles: ['admin'] })}`;
  const signature = createHmac('sha256', JWT_SECRET).update(signed).digest('base64url');
  return `authorization: Bearer ${signed}.${signature}\r\n`;
}

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
  await connection.send(post('/v1/products/imports', JSON.stringify({ products }), adminLine()));
}

/** Opens empty carts, each connection one after the other. */
export async function openCarts(connections: readonly HttpConnection[], count: number): Promise<BenchCart[]> {
  const request = post('/v1/carts', JSON.stringify({ currency: CURRENCY }), MINIMAL);
  const carts: BenchCart[] = [];
  let asked = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (asked < count) {
        asked += 1;
        carts.push(cartOf((await connection.send(request)).body));
      }
    }),
  );
  return carts;
}

/** Opens a cart with the first `items` products in it. */
export async function openFilledCart(connection: HttpConnection, items: number): Promise<BenchCart> {
  const wanted = SKUS.slice(0, items).map((sku) => ({ sku, quantity: 1, options: OPTIONS }));
  const first = { currency: CURRENCY, items: wanted.slice(0, MOST_ITEMS) };
  const { body } = await connection.send(post('/v1/carts', JSON.stringify(first), MINIMAL));
  const cart = cartOf(body);
  for (let from = MOST_ITEMS; from < items; from += MOST_ITEMS) {
    const operations = wanted.slice(from, from + MOST_ITEMS).map((item) => ({ op: 'add', ...item }));
    const path = `/v1/carts/${cart.id}/items`;
    const headers = MINIMAL + tokenLine(cart);
    await connection.send(requestText('PATCH', path, JSON.stringify({ operations }), headers));
  }
  return cart;
}

function cartOf(body: string): BenchCart {
  const { id, token } = JSON.parse(body) as { id?: unknown; token?: unknown };
  if (typeof id === 'string' && typeof token === 'string') return { id, token };
  throw new Error(`An answer that opens no guest's cart: ${body}`);
}
