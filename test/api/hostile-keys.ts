import { CARTS, hostileInputs, ITEMS, type Row } from './hostile-input.js';

const ADD = `POST ${ITEMS}`;
const OPEN = `POST ${CARTS}`;
const GOOD = '{"sku":"MUG-1","quantity":1}';
const CART = '{"currency":"EUR"}';
const BAD_KEY = '400 INVALID_IDEMPOTENCY_KEY';

const UUID = '7f2c1a3e-0f7c-4b5a-a381-fbd26ce46ce4';

/** Keys that nobody can have. */
const forms: readonly Row[] = [
  ['256 characters', 'k'.repeat(256)],
  ['256 characters in quotes', `"${'k'.repeat(256)}"`],
  ['10,000 characters', 'k'.repeat(10_000)],
  ['nothing', ''],
  ['blanks', '   '],
  ['only quotes', '""'],
  ['one quote', '"'],
  ['three quotes', '"""'],
  ['a quote that is not closed', '"key'],
  ['an end of a quote in quotes', '"k"ey"'],
  ['a quote that is closed twice', '"key""'],
  ['a backslash that hides the closing quote', '"key\\"'],
  ['a backslash before a letter in quotes', '"k\\ey"'],
  ['single quotes with a blank', "'a key'"],
  ['a blank inside', 'a key'],
  ['a blank inside quotes', '"a key"'],
  ['a tab inside', 'a\tkey'],
  ['a no-break space', 'a\u00a0key'],
  ['a letter beyond ASCII', 'cl\u00e9'],
  ['a letter beyond ASCII in quotes', '"cl\u00e9"'],
  ['the bytes of an emoji', Buffer.from('\u{1f511}').toString('latin1')],
  ['a list of two keys', 'one, two'],
  ['a list of two keys in quotes', '"one", "two"'],
  ['a list of two keys in quotes without a blank', '"one","two"'],
  ['a key with a parameter', '"key"; v=1'],
].map(([what = '', key = '']): Row => [`a key of ${what}`, ADD, GOOD, BAD_KEY, { 'idempotency-key': key }]);

/** Keys that would do for a caller of whom anything is known. */
const ofNobody: readonly Row[] = [
  'key',
  '1',
  "'OR''='",
  '__proto__',
  `${UUID}0`,
  UUID.slice(1),
  UUID.replaceAll('-', ''),
  `{${UUID}}`,
  `urn:uuid:${UUID}`,
  UUID.replace('7f', '7g'),
  `${UUID},${UUID}`,
].map((key): Row => [`the key ${key} of nobody`, OPEN, CART, BAD_KEY, { 'idempotency-key': key }]);

const order: readonly Row[] = [
  ['a bad key on no route', 'POST /v1/nowhere', GOOD, '404 NOT_FOUND', { 'idempotency-key': '' }],
  ['a bad key with no JSON', ADD, '{', '400 MALFORMED_JSON', { 'idempotency-key': '' }],
  [
    'a bad key of somebody with a bad JWT',
    ADD,
    GOOD,
    '401 UNAUTHENTICATED',
    { 'idempotency-key': '', authorization: 'Bearer x' },
  ],
  ['a bad key before a bad body', ADD, '{"sku":1}', BAD_KEY, { 'idempotency-key': '' }],
  ['a bad key of a stranger to the cart', ADD, GOOD, BAD_KEY, { 'idempotency-key': '', 'x-cart-token': 'x' }],
];

/** Idempotency keys that are none, and where in the order of checks that is told. */
export const hostileKeys = hostileInputs([...forms, ...ofNobody, ...order]);
