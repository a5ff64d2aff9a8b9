import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

// What a shop would write: all it knows of the service are the types in `api.ts`, which are generated from the
// document. The test beside it generates and compiles them together with this file, and runs it: `node drive-cart.js
// <origin> <admin's token>`.

type Cart = components['schemas']['CartDto'];

const [, , baseUrl = '', adminToken = ''] = process.argv;
const api = createClient<paths>({ baseUrl });
const admin = { authorization: `Bearer ${adminToken}` };
const seen: unknown[] = [];

const price = async (sku: string, amount: number) => {
  const answer = await api.PUT('/v1/products/{sku}', {
    params: { path: { sku } },
    headers: admin,
    body: { name: `Product ${sku}`, price: { amount, currency: 'EUR' } },
  });
  return granted(answer.data, answer.error).price.amount;
};

seen.push(['prices', await price('MUG-1', 1999), await price('TEA-1', 450)]);

const opening = await api.POST('/v1/carts', {
  body: { currency: 'EUR', items: [{ sku: 'MUG-1', quantity: 1, options: { colour: 'blue' } }] },
});
const opened = granted(opening.data, opening.error);
const headers = { 'X-Cart-Token': opened.token ?? '' };
const path = { cartId: opened.id };
note('opened', opened);
seen.push(['is at', opening.response.headers.get('location') === `/v1/carts/${opened.id}`]);

const addition = await api.POST('/v1/carts/{cartId}/items', {
  params: { path },
  headers,
  body: { sku: 'TEA-1', quantity: 2 },
});
note('added', granted(addition.data, addition.error));

const [mug, tea] = whole(granted(addition.data, addition.error)).items;
if (mug === undefined || tea === undefined) throw new Error('An item is missing.');

const change = await api.PATCH('/v1/carts/{cartId}/items/{itemId}', {
  params: { path: { ...path, itemId: mug.id }, header: { 'If-Match': '"3"' } },
  headers,
  body: { quantity: 3 },
});
note('changed', granted(change.data, change.error));

const stale = await api.PATCH('/v1/carts/{cartId}/items/{itemId}', {
  params: { path: { ...path, itemId: mug.id }, header: { 'If-Match': '"3"' } },
  headers,
  body: { quantity: 4 },
});
// It compiles for the codes that the document lists for this operation, and for no others.
if (stale.error?.code !== 'VERSION_MISMATCH') throw new Error('It was not stale.');
seen.push(['stale', stale.response.status, stale.error.currentVersion]);

await price('MUG-1', 1899);
const look = await api.GET('/v1/carts/{cartId}', {
  params: { path, header: { 'X-Min-Version': 4 } },
  headers,
});
const { notices } = granted(look.data, look.error);
seen.push(['notices', notices.map((one) => (one.code === 'PRICE_CHANGED' ? one.current.amount : one.code))]);

const repricing = await api.POST('/v1/carts/{cartId}/repricings', { params: { path }, headers });
note('repriced', granted(repricing.data, repricing.error));

const several = await api.PATCH('/v1/carts/{cartId}/items', {
  params: { path },
  headers,
  body: {
    operations: [
      { op: 'remove', itemId: tea.id },
      { op: 'add', sku: 'TEA-1', quantity: 1 },
    ],
  },
});
note('several', granted(several.data, several.error));

const past = await api.GET('/v1/carts/{cartId}', { params: { path, query: { version: 2 } }, headers });
note('past', granted(past.data, past.error));

const discarding = await api.DELETE('/v1/carts/{cartId}', { params: { path }, headers });
seen.push(['discarded', discarding.response.status]);

const history = await api.GET('/v1/carts/{cartId}/events', { params: { path }, headers });
seen.push(['history', granted(history.data, history.error).events.map(({ type }) => type)]);

process.stdout.write(JSON.stringify(seen));

function note(what: string, answer: Cart | components['schemas']['CartVersionDto']): void {
  const { version, quantity, total } = whole(answer);
  seen.push([what, version, quantity, total.amount]);
}

function whole(answer: Cart | components['schemas']['CartVersionDto']): Cart {
  if ('items' in answer) return answer;
  throw new Error('This is only the version of a cart.');
}

function granted<Data>(data: Data | undefined, error: unknown): Data {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}
