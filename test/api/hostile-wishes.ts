import { CARTS, hostileInputs, ITEMS, type Row } from './hostile-input.js';

const OPEN = `POST ${CARTS}`;
const BATCH = `PATCH ${ITEMS}`;
const PRODUCT = 'PUT /v1/products/MUG-1';
const INVALID = '400 VALIDATION_FAILED';
const OUT_OF_RANGE = '422 QUANTITY_OUT_OF_RANGE';
const UNKNOWN = '404 PRODUCT_NOT_FOUND';
const NOBODY = '01a20748-0000-7000-8000-000000000000';

const amount = (json: string) => `{"name":"Mug","price":{"amount":${json},"currency":"EUR"}}`;
const product = (fields: object) =>
  JSON.stringify({ name: 'Mug', price: { amount: 1, currency: 'EUR' }, ...fields });
const operations = (...list: unknown[]) => JSON.stringify({ operations: list });

const carts: readonly Row[] = [
  ...['null', '978', '"eur"', '"EURO"', '"€"', '"XYZ"', '""', '["EUR"]', '"EUR "'].map((json): Row => [
    `the currency ${json}`,
    OPEN,
    `{"currency":${json}}`,
    `${INVALID} /currency`,
  ]),
  ['no currency', OPEN, '{}', `${INVALID} /currency`],
  ...['null', '{}', '"MUG-1"', '[null]', '[[]]', '["MUG-1"]', '{"length":1,"0":{}}'].map((json): Row => [
    `the items ${json}`,
    OPEN,
    `{"currency":"EUR","items":${json}}`,
    `${INVALID} /items`,
  ]),
  [
    '101 items',
    OPEN,
    JSON.stringify({ currency: 'EUR', items: Array(101).fill({ sku: 'MUG-1', quantity: 1 }) }),
    `${INVALID} /items`,
  ],
  [
    'an unknown product among items',
    OPEN,
    '{"currency":"EUR","items":[{"sku":"MUG-1","quantity":1},{"sku":"X","quantity":1}]}',
    `${UNKNOWN} /items/1`,
  ],
];

const remove = { op: 'remove', itemId: '{itemId}' };
const batches: readonly Row[] = [
  ...[
    undefined,
    null,
    {},
    'remove',
    [],
    [null],
    ['remove'],
    [[remove]],
    [{ op: 'toString' }],
    [{ op: 'empty' }],
    [{ op: ['add'] }],
    [{}],
  ].map((list): Row => [
    `the batch ${JSON.stringify({ operations: list })}`,
    BATCH,
    JSON.stringify({ operations: list }),
    `${INVALID} /operations`,
  ]),
  ['101 operations', BATCH, operations(...Array<unknown>(101).fill(remove)), `${INVALID} /operations`],
  [
    'an operation with fields of another',
    BATCH,
    operations({ ...remove, quantity: 1 }),
    `${INVALID} /operations/0/quantity`,
  ],
  [
    'an operation that lacks a field',
    BATCH,
    operations(remove, { op: 'change', itemId: '{itemId}' }),
    `${INVALID} /operations/1/quantity`,
  ],
  [
    'an item id that is a number',
    BATCH,
    operations({ op: 'remove', itemId: 1 }),
    `${INVALID} /operations/0/itemId`,
  ],
  [
    'an item id that is no UUID',
    BATCH,
    operations(remove, { op: 'remove', itemId: "' OR ''='" }),
    '404 ITEM_NOT_FOUND /operations/1',
  ],
  [
    'the id of no item',
    BATCH,
    operations(remove, { op: 'change', itemId: NOBODY, quantity: 1 }),
    '404 ITEM_NOT_FOUND /operations/1',
  ],
  ['a removal that comes twice', BATCH, operations(remove, remove), '404 ITEM_NOT_FOUND /operations/1'],
  [
    'an overflow after a good operation',
    BATCH,
    operations(
      { op: 'change', itemId: '{itemId}', quantity: 5 },
      { op: 'add', sku: 'MUG-1', quantity: 999_995 },
    ),
    `${OUT_OF_RANGE} /operations/1`,
  ],
];

const products: readonly Row[] = [
  ...['null', '"1"', 'true', '1.5', '1e309', '[1]'].map((json): Row => [
    `a price of ${json}`,
    PRODUCT,
    amount(json),
    `${INVALID} /price/amount`,
  ]),
  ...['-1', '9007199254740992', '1e300'].map((json): Row => [
    `a price of ${json}`,
    PRODUCT,
    amount(json),
    '422 AMOUNT_OUT_OF_RANGE',
  ]),
  ...[null, 1, 'EUR 1', [], { 0: 1 }].map((price): Row => [
    `the price ${JSON.stringify(price)}`,
    PRODUCT,
    product({ price }),
    INVALID,
  ]),
  [
    'a price in no currency',
    PRODUCT,
    product({ price: { amount: 1, currency: 'euro' } }),
    `${INVALID} /price/currency`,
  ],
  ['a name of 64 kB', PRODUCT, product({ name: 'n'.repeat(65_536) }), `${INVALID} /name`],
  ['a name of 201 characters', PRODUCT, product({ name: '𝒏'.repeat(201) }), `${INVALID} /name`],
  ...['', null, 1, ['Mug']].map((name): Row => [
    `the name ${JSON.stringify(name)}`,
    PRODUCT,
    product({ name }),
    `${INVALID} /name`,
  ]),
  ...['yes', 1, null].map((active): Row => [
    `active: ${JSON.stringify(active)}`,
    PRODUCT,
    product({ active }),
    `${INVALID} /active`,
  ]),
  ['a SKU in the body, too', PRODUCT, product({ sku: 'MUG-1' }), `${INVALID} /sku`],
  [
    'a list of products that is none',
    'POST /v1/products/imports',
    '{"products":{"0":1}}',
    `${INVALID} /products`,
  ],
];

/** Carts, batches and products that cannot be. */
export const hostileWishes = hostileInputs([...carts, ...batches, ...products]);
