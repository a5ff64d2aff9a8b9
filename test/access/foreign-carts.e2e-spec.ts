import { Client } from 'pg';
import {
  examplesOf,
  filledIn,
  operationsOf,
  type OpenApiDocument,
  type Operation,
} from '../api/openapi-document.js';
import { ACCESS_ENV } from '../support/credentials.js';
import type { Answer, Headers } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';
import { CartTokens } from '../../src/access/cart-tokens.js';
import { CARLA, carlasCart, guestCart, OTTO, WRONG_TOKEN, type OwnedCart } from './parties.js';

const service = useService('foreign_carts');
const UNKNOWN = '01a20748-0000-7000-8000-000000000000';
const ITEMS = ['MUG-1', 'TEA-1'].map((sku) => ({ sku, quantity: 1 }));

/** Ways of asking, besides the one that the document shows; some of them are malformed, which has to be told first. */
const HEADERS: readonly Headers[] = [
  {},
  { 'if-match': '*' },
  { 'if-match': '"0"' },
  { 'if-match': '"1"' },
  { 'if-match': '"3"' },
  { 'if-match': 'W/"3"' },
  { 'if-match': '3' },
  { 'if-none-match': '*' },
  { 'if-none-match': '"3"' },
  { 'if-none-match': '3' },
  { 'x-min-version': '3' },
  { 'x-min-version': '999' },
  { 'x-min-version': 'x' },
  { prefer: 'return=minimal' },
  { accept: 'application/xml' },
  { 'content-type': 'text/plain' },
];
const QUERIES = [
  '?version=1',
  '?version=3',
  '?version=0',
  '?version=999',
  '?asOf=1999-01-01T00:00:00Z',
  '?asOf=2999-01-01T00:00:00Z',
  '?after=1',
  '?after=999&limit=1',
  '?limit=0',
  '?x=1',
];
const BODIES = [
  '',
  '{',
  '{}',
  '[]',
  '{"sku":"NONE","quantity":1}',
  '{"sku":"MUG-1","quantity":0}',
  '{"sku":"MUG-1","quantity":1e9}',
  '{"quantity":0}',
  '{"quantity":-1}',
  '{"operations":[]}',
  '{"operations":[{"op":"remove","itemId":"x"}]}',
  '{"__proto__":1}',
  '{"x":1}',
];

interface Variant {
  readonly method: string;
  readonly target: string;
  readonly raw: string | undefined;
  readonly headers: Headers;
}

let operations: readonly Operation[];
let guests: OwnedCart;
let carlas: OwnedCart;
let discarded: OwnedCart;

beforeAll(async () => {
  const { http, shop } = service();
  await shop.stockAll(['MUG-1', 'TEA-1']);
  operations = operationsOf((await http.get<OpenApiDocument>('/openapi.json')).body).filter(({ path }) =>
    path.includes('{cartId}'),
  );
  guests = await guestCart(http, ITEMS);
  discarded = await carlasCart(http, ITEMS);
  await shop.discard(discarded.cart.id, CARLA);
  carlas = await carlasCart(http, ITEMS);
  for (const { cart, owner } of [guests, carlas])
    await shop.look(cart.id, { ...owner, 'x-min-version': '3' });
});

/** Every way of asking for something of a cart. */
function variantsOf({ method, path, requestBody }: Operation): Variant[] {
  const [example] = requestBody === undefined ? [] : examplesOf(requestBody.content);
  const raw = example === undefined ? undefined : JSON.stringify(example);
  const asShown = { method, target: path, raw, headers: {} };
  return [
    ...HEADERS.map((headers) => ({ ...asShown, headers })),
    ...QUERIES.map((query) => ({ ...asShown, target: path + query })),
    ...(method === 'GET'
      ? [{ ...asShown, method: 'HEAD' }]
      : BODIES.map((body) => ({ ...asShown, raw: body }))),
  ];
}

/**
 * An answer but for what differs between any two requests. The request id is the same for all, and so is the trace id.
 */
async function ask(variant: Variant, cart: Pick<Cart, 'id' | 'items'>, caller: Headers): Promise<object> {
  const { method, target, raw, headers } = variant;
  const answer: Answer = await service().http.send(method, filledIn(target, cart), {
    headers: { ...headers, ...caller, 'x-request-id': 'the-same' },
    ...(raw !== undefined && { raw: filledIn(raw, cart) }),
  });
  const shown = { ...answer.headers, date: undefined };
  return { status: answer.status, headers: shown, text: answer.text.replaceAll(cart.id, '{cartId}') };
}

const rightful = () => new CartTokens([ACCESS_ENV.CART_TOKEN_SECRETS]);
const strangers: Readonly<Record<string, () => readonly [OwnedCart, Headers]>> = {
  "a guest's, to another guest": () => [guests, WRONG_TOKEN],
  "a guest's, to a customer": () => [guests, CARLA],
  "a customer's, to another customer": () => [carlas, OTTO],
  "a customer's, to a guest": () => [carlas, WRONG_TOKEN],
  "a customer's, to a guest with what would be its token": () => [
    carlas,
    { 'x-cart-token': rightful().tokenOf(carlas.cart.id) },
  ],
  "a customer's discarded one, to another customer": () => [discarded, OTTO],
};

describe.each(Object.keys(strangers))('a cart, %s', (name) => {
  it('looks exactly like one that never existed, for every kind of request', async () => {
    const [{ cart }, caller] = strangers[name]?.() ?? [guests, WRONG_TOKEN];
    let asked = 0;
    for (const operation of operations) {
      for (const variant of variantsOf(operation)) {
        const unknown = { id: UNKNOWN, items: cart.items };
        const [foreign, none] = [await ask(variant, cart, caller), await ask(variant, unknown, caller)];
        expect({ variant, ...foreign }).toEqual({ variant, ...none });
        asked += 1;
      }
    }
    expect(asked).toBeGreaterThan(300);
  });
});

it('was not changed by any of these requests', async () => {
  const { http } = service();
  for (const { cart, owner } of [guests, carlas]) {
    expect(await http.get(`/v1/carts/${cart.id}`, owner)).toMatchObject({ status: 200, body: cart });
  }
});

it('is reported as unknown without waiting for the view, although the view does not show it yet', async () => {
  const { http } = service();
  const client = new Client({ connectionString: service().queryDatabaseUrl });
  await client.connect();
  await client.query(`BEGIN; SELECT FROM checkpoint WHERE name = 'carts' FOR UPDATE`);
  const { cart, owner } = await guestCart(http, ITEMS);
  for (const path of ['', '/items', '/events', '?version=1']) {
    for (const headers of [{}, { 'x-min-version': '3' }]) {
      const answer = await http.get(`/v1/carts/${cart.id}${path}`, { ...headers, ...WRONG_TOKEN });
      // Who waited for the view would have to say in the end that it is behind.
      expectProblem(answer, '404 CART_NOT_FOUND');
    }
  }
  const waiting = http.get(`/v1/carts/${cart.id}`, owner);
  await client.end();
  expect(await waiting).toMatchObject({ status: 200, body: cart });
});
