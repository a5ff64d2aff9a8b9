import { CART, CARTS, hostileInputs, ITEM, ITEMS, type Row } from './hostile-input.js';

const ADD = `POST ${ITEMS}`;
const GOOD = '{"sku":"MUG-1","quantity":1}';
const INVALID = '400 VALIDATION_FAILED';
const BAD_HEADER = '400 INVALID_HEADER';
const NOTHING_HERE = '404 NOT_FOUND';
const NO_CART = '404 CART_NOT_FOUND';
const STALE = '412 VERSION_MISMATCH';

const ids: readonly Row[] = [
  ...[
    '1',
    'null',
    'undefined',
    '__proto__',
    '00000000-0000-0000-0000-000000000000',
    '%7B{cartId}%7D',
    '{cartId}0',
    '%EF%BC%90',
    '%F0%9F%98%80',
  ].map((id): Row => [`the cart ${id}`, `GET ${CARTS}/${id}`, undefined, NO_CART]),
  ['SQL for a cart', `GET ${CARTS}/'%20OR%20''='`, undefined, NO_CART],
  ['more SQL for a cart', `DELETE ${CARTS}/{cartId}';DELETE%20FROM%20event_log--`, undefined, NO_CART],
  ['a cart of 10,000 characters', `GET ${CARTS}/${'c'.repeat(10_000)}`, undefined, NO_CART],
  ['a path out of the folder for a cart', `GET ${CARTS}/..%2f..%2fetc%2fpasswd`, undefined, NO_CART],
  ['no item id', `DELETE ${ITEMS}/1`, undefined, '404 ITEM_NOT_FOUND'],
  ['the id of the cart for an item', `PATCH ${ITEMS}/{cartId}`, '{"quantity":2}', '404 ITEM_NOT_FOUND'],
  ['SQL for an item', `DELETE ${ITEMS}/'%3B--`, undefined, '404 ITEM_NOT_FOUND'],
];

const paths: readonly Row[] = [
  ...[
    '/',
    '/v1',
    '/v1/',
    '/v2/carts',
    '/carts',
    '/V1/carts',
    '/v1/Carts',
    '/v1/carts/',
    '//v1/carts',
    '/v1//carts',
    `${CART}/`,
    `${CART}/x`,
    `${ITEM}/x`,
    `${CARTS}//items`,
    '/v1/health/live',
    '/docs/../package.json',
    '/docs/%2e%2e/package.json',
  ].map((path): Row => [`the path ${path}`, `GET ${path}`, undefined, NOTHING_HERE]),
  ...['%', '%2', '%zz', '%ff', '%c0%ae', '%ed%a0%80', 'a%00b'].map((part): Row => [
    `the path part ${part}`,
    `GET ${CARTS}/${part}`,
    undefined,
    NOTHING_HERE,
  ]),
  ['no route before no JSON', 'POST /v1/nowhere', '{', NOTHING_HERE],
];

const queries: readonly Row[] = [
  ...['0', '101', '-1', '1.5', '1e2', '0x10', 'ten', '', '%201', '99999999999999999999', '1;2'].map(
    (limit): Row => [`limit=${limit}`, `GET ${CARTS}?limit=${limit}`, undefined, `${INVALID} /limit`],
  ),
  ['the same parameter twice', `GET ${CARTS}?limit=1&limit=2`, undefined, `${INVALID} /limit`],
  ['a parameter as a list', `GET ${CARTS}?limit[]=1`, undefined, `${INVALID} /limit[]`],
  ['an unknown parameter', `GET ${CARTS}?page=2`, undefined, `${INVALID} /page`],
  ['an unknown parameter of a cart', `GET ${CART}?fields=id`, undefined, `${INVALID} /fields`],
  ['an unknown parameter of items', `GET ${ITEMS}?limit=1`, undefined, `${INVALID} /limit`],
  [
    'an unknown parameter of a product',
    'GET /v1/products/MUG-1?currency=USD',
    undefined,
    `${INVALID} /currency`,
  ],
  [
    'parameters that JavaScript knows',
    `GET ${CARTS}?__proto__=1&constructor=2&toString=3`,
    undefined,
    INVALID,
  ],
  ['NUL in a parameter', `GET ${CARTS}?customerId=a%00b`, undefined, INVALID],
  [
    'a customer of 257 characters',
    `GET ${CARTS}?customerId=${'c'.repeat(257)}`,
    undefined,
    `${INVALID} /customerId`,
  ],
  ['half a percent sign in a parameter', `GET ${CARTS}?sku=%`, undefined, `${INVALID} /sku`],
  ['SQL in a parameter', `GET ${CARTS}?sku='%20OR%201=1--`, undefined, `${INVALID} /sku`],
  ['a status there is not', `GET ${CARTS}?status=open`, undefined, `${INVALID} /status`],
  ['a status in another case', `GET ${CARTS}?status=ACTIVE`, undefined, `${INVALID} /status`],
  ...['', 'nonsense', '%22%22', 'WzFd', 'W10', 'bnVsbA', "'%20OR%20''='", 'x'.repeat(1_025)].map(
    (cursor): Row => [
      `the cursor ${cursor.slice(0, 20)}`,
      `GET ${CARTS}?cursor=${cursor}`,
      undefined,
      `${INVALID} /cursor`,
    ],
  ),
  ...['e30', 'WzFd', 'WyJhIiwiYiJd'].map((cursor): Row => [
    `the cursor ${cursor} for products`,
    `GET /v1/products?cursor=${cursor}`,
    undefined,
    `${INVALID} /cursor`,
  ]),
  ...[
    'yesterday',
    '',
    '2026',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00%2B24:00',
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '1767225600000',
  ].map((time): Row => [`the time ${time}`, `GET ${CART}?asOf=${time}`, undefined, `${INVALID} /asOf`]),
  ['a bad time in the list', `GET ${CARTS}?updatedAfter=now`, undefined, `${INVALID} /updatedAfter`],
  ...['-1', '1.5', 'latest', '', '9007199254740993'].map((version): Row => [
    `version=${version}`,
    `GET ${CART}?version=${version}`,
    undefined,
    `${INVALID} /version`,
  ]),
  ['a version and a time', `GET ${CART}?version=1&asOf=2030-01-01T00:00:00Z`, undefined, INVALID],
  ['a version that is not there yet', `GET ${CART}?version=1000000`, undefined, '404 VERSION_NOT_FOUND'],
  ['a version that never is', `GET ${CART}?version=0`, undefined, '404 VERSION_NOT_FOUND'],
  ['a time before the cart', `GET ${CART}?asOf=1970-01-01T00:00:00Z`, undefined, '404 VERSION_NOT_FOUND'],
  ...['-1', 'x', '', '1.5', '9007199254740993'].map((after): Row => [
    `events after=${after}`,
    `GET ${CART}/events?after=${after}`,
    undefined,
    `${INVALID} /after`,
  ]),
  ['1,001 events', `GET ${CART}/events?limit=1001`, undefined, `${INVALID} /limit`],
];

const headers: readonly Row[] = [
  ...['2', '"2', 'W/2', '""2""', 'any', '"1","2', ''].map((tag): Row => [
    `If-Match: ${tag}`,
    ADD,
    GOOD,
    BAD_HEADER,
    { 'if-match': tag },
  ]),
  ...['W/"2"', '"1"', '"3"', '"99999999999999999999"', '"02"', '"2e0"', '"__proto__"'].map((tag): Row => [
    `If-Match: ${tag}`,
    ADD,
    GOOD,
    STALE,
    { 'if-match': tag },
  ]),
  ['If-None-Match without quotes', `GET ${CART}`, undefined, BAD_HEADER, { 'if-none-match': '2' }],
  ...['two', '-1', '1.5', '', '1e3', '99999999999999999'].map((version): Row => [
    `X-Min-Version: ${version}`,
    `GET ${CART}`,
    undefined,
    BAD_HEADER,
    { 'x-min-version': version },
  ]),
  ['a taste for XML', `GET ${CART}`, undefined, '406 NOT_ACCEPTABLE', { accept: 'application/xml' }],
  ['a taste for pages', `GET ${CART}`, undefined, '406 NOT_ACCEPTABLE', { accept: 'text/html' }],
];

/** Request lines and headers that lead nowhere, or ask for what there is not. */
export const hostileRequests = hostileInputs([...ids, ...paths, ...queries, ...headers]);
