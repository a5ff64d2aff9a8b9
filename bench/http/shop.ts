import { createHmac } from 'node:crypto';
import { post, requestText, withConnections, type HttpConnection } from './http-connection.js';

/** SKUs of the products that the shop sells. */
export const SKUS = Array.from({ length: 1_000 }, (_, index) => `LANTERN-METAL-${index}`);

/** Header line that asks for the id and version only. */
export const MINIMAL = 'prefer: return=minimal\r\n';

const CURRENCY = 'EUR';
/** What one request may carry. */
const MOST_ITEMS = 100;
const OPTIONS = { colour: 'white', size: '20 cm' };
const CONNECTIONS = 32;

/** What the service of the benches verifies JWTs with. */
export const JWT_SECRET = 'a secret of the benches, long enough to sign with';

/** A guest's cart. */
export interface BenchCart {
  readonly id: string;
  readonly token: string;
  readonly version: number;
  readonly items: readonly BenchItem[];
}

export interface BenchItem {
  readonly id: string;
  readonly sku: string;
}

/** The header line that opens a cart. */
export function tokenLine({ token }: Pick<BenchCart, 'token'>): string {
  return `x-cart-token: ${token}\r\n`;
}

/** The header line that says who calls. */
export function bearerLine(claims: { readonly sub: string; readonly roles?: readonly string[] }): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256' })}.${part(claims)}`;
  const signature = createHmac('sha256', JWT_SECRET).update(signed).digest('base64url');
  return `authorization: Bearer ${signed}.${signature}\r\n`;
}

/** The header line of an administrator. */
export const ADMIN = bearerLine({ sub: 'bench', roles: ['admin'] });

/** Body of `POST /carts/{cartId}/items`. */
export function addItemBody(sku: string): string {
  return JSON.stringify(lineOf(sku));
}

/** An item as a body asks for it. */
export function lineOf(sku: string) {
  return { sku, quantity: 1, options: OPTIONS };
}

/** Body of `POST /carts` for an empty cart. */
export const OPEN_CART_BODY = JSON.stringify({ currency: CURRENCY });

/** Request that adds one of a product to a cart. */
export function addRequest(cart: BenchCart, sku: string, headers = MINIMAL): string {
  return post(`/v1/carts/${cart.id}/items`, addItemBody(sku), headers + tokenLine(cart));
}

/** Imports all products into the catalogue of the service at `origin`. */
export async function importProducts(origin: string): Promise<void> {
  const products = SKUS.map((sku, index) => ({
    sku,
    name: `White metal lantern number ${index} with a hanging heart and a door`,
    price: { amount: 100 + index, currency: CURRENCY },
  }));
  const request = post('/v1/products/imports', JSON.stringify({ products }), ADMIN);
  await withConnections(origin, 1, ([connection]) => Promise.resolve(connection?.send(request)));
}

/**
 * Opens guests' carts that hold `items` different products each. Which products they are differs from cart to cart.
 * @param origin of a service that has the products
 */
export async function openCarts(origin: string, count: number, items = 0): Promise<BenchCart[]> {
  const carts: BenchCart[] = [];
  let asked = 0;
  await withConnections(origin, Math.min(CONNECTIONS, count), (connections) =>
    Promise.all(
      connections.map(async (connection) => {
        while (asked < count) {
          asked += 1;
          carts.push(await openCart(connection, skusOf(asked, items)));
        }
      }),
    ),
  );
  return carts;
}

/** Different products, spread over the catalogue so that each one is in about as many carts. */
function skusOf(cart: number, items: number): string[] {
  // 7 shares no factor with the number of products, so no product comes twice.
  return Array.from({ length: items }, (_, item) => SKUS[(cart * 131 + item * 7) % SKUS.length] ?? '');
}

async function openCart(connection: HttpConnection, skus: readonly string[]): Promise<BenchCart> {
  const wanted = skus.map(lineOf);
  const first = { currency: CURRENCY, items: wanted.slice(0, MOST_ITEMS) };
  const cart = cartOf((await connection.send(post('/v1/carts', JSON.stringify(first)))).body);
  if (wanted.length <= MOST_ITEMS) return cart;
  let answer = '';
  for (let from = MOST_ITEMS; from < wanted.length; from += MOST_ITEMS) {
    const operations = wanted.slice(from, from + MOST_ITEMS).map((item) => ({ op: 'add', ...item }));
    const isLast = from + MOST_ITEMS >= wanted.length;
    const headers = (isLast ? '' : MINIMAL) + tokenLine(cart);
    const request = requestText(
      'PATCH',
      `/v1/carts/${cart.id}/items`,
      JSON.stringify({ operations }),
      headers,
    );
    answer = (await connection.send(request)).body;
  }
  return { ...cartOf(answer), token: cart.token };
}

function cartOf(body: string): BenchCart {
  const { id, token = '', version, items } = JSON.parse(body) as Partial<BenchCart>;
  if (id === undefined || version === undefined || items === undefined) {
    throw new Error(`An answer that opens no cart: ${body}`);
  }
  return { id, token, version, items: items.map(({ id: itemId, sku }) => ({ id: itemId, sku })) };
}
