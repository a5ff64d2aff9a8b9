import { hostileInputs, ITEM, ITEMS, type Row } from './hostile-input.js';

const ADD = `POST ${ITEMS}`;
const CHANGE = `PATCH ${ITEM}`;
const INVALID = '400 VALIDATION_FAILED';
const OUT_OF_RANGE = '422 QUANTITY_OUT_OF_RANGE';
const UNKNOWN = '404 PRODUCT_NOT_FOUND';

/** Bodies with one value spelled out, as not all of them can be written in JavaScript. */
const sku = (json: string) => `{"sku":${json},"quantity":1}`;
const quantity = (json: string) => `{"sku":"MUG-1","quantity":${json}}`;
const options = (json: string) => `{"sku":"MUG-1","quantity":1,"options":${json}}`;

const skus: readonly Row[] = [
  ...[
    'null',
    '1',
    'true',
    '["MUG-1"]',
    '{"a":"MUG-1"}',
    '""',
    '" "',
    '"."',
    '".."',
    '"../MUG-1"',
    '"MUG-1 "',
    '"MUG/1"',
  ].map((json): Row => [`the SKU ${json}`, ADD, sku(json), `${INVALID} /sku`]),
  ['a SKU of 65 characters', ADD, sku(`"${'S'.repeat(65)}"`), `${INVALID} /sku`],
  ['a SKU of 64 kB', ADD, sku(`"${'S'.repeat(65_536)}"`), `${INVALID} /sku`],
  ['a SKU with an umlaut', ADD, sku('"MÜG-1"'), `${INVALID} /sku`],
  ['a SKU with a look-alike letter', ADD, sku('"М\\u0055G-1"'), `${INVALID} /sku`],
  ['a SKU with a line break', ADD, sku('"MUG-1\\n"'), `${INVALID} /sku`],
  ['a SKU with NUL', ADD, sku('"MUG-1\\u0000"'), `${INVALID} /sku`],
  ['SQL for a SKU', ADD, sku(`"x'; DROP TABLE event_log; --"`), `${INVALID} /sku`],
  ['a JSON path for a SKU', ADD, sku('"$.items[*]"'), `${INVALID} /sku`],
  ['a template for a SKU', ADD, sku('"{{7*7}}${7*7}"'), `${INVALID} /sku`],
  ['a SKU that nothing has', ADD, sku('"MUG-2"'), UNKNOWN],
  ['a SKU in another case', ADD, sku('"mug-1"'), UNKNOWN],
  ['a SKU that JavaScript knows', ADD, sku('"__proto__"'), UNKNOWN],
  ['a SKU that JavaScript knows, too', ADD, sku('"constructor"'), UNKNOWN],
  ['a product in another currency', ADD, sku('"USD-1"'), '422 CURRENCY_MISMATCH'],
  ['a product that is not for sale', ADD, sku('"GONE-1"'), '422 PRODUCT_NOT_SELLABLE'],
  ['a total beyond 2^53-1', ADD, sku('"ALL-MONEY"'), '422 AMOUNT_OUT_OF_RANGE'],
];

const noQuantities = ['null', '"2"', 'true', '[1]', '{}', '1.5', '-0.5', '1e-1', '1e309', '-1e309', '""'];
const quantities: readonly Row[] = [
  ...noQuantities.map((json): Row => [`a quantity of ${json}`, ADD, quantity(json), `${INVALID} /quantity`]),
  ...noQuantities.map((json): Row => [
    `${json} in a change`,
    CHANGE,
    `{"quantity":${json}}`,
    `${INVALID} /quantity`,
  ]),
  ...['0', '-0', '-1', '1000000', '9007199254740993', '-9007199254740993', '1e21', '1e308', '1e-400'].map(
    (json): Row => [`a quantity of ${json}`, ADD, quantity(json), OUT_OF_RANGE],
  ),
  ...['-1', '1000000', '9007199254740993', '1e21'].map((json): Row => [
    `${json} in a change`,
    CHANGE,
    `{"quantity":${json}}`,
    OUT_OF_RANGE,
  ]),
  ['a quantity that adds up beyond 999,999', ADD, quantity('2'), OUT_OF_RANGE],
  ['no quantity', ADD, '{"sku":"MUG-1"}', `${INVALID} /quantity`],
  ['no quantity in a change', CHANGE, '{}', `${INVALID} /quantity`],
  ['more than a quantity in a change', CHANGE, '{"quantity":1,"sku":"TEA-1"}', `${INVALID} /sku`],
];

const many = (count: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, ''])));
const optionRows: readonly Row[] = [
  ...[
    'null',
    '[]',
    '["a"]',
    '"red"',
    '1',
    '{"size":1}',
    '{"size":null}',
    '{"size":{}}',
    '{"size":["M"]}',
  ].map((json): Row => [`the options ${json}`, ADD, options(json), `${INVALID} /options`]),
  ['21 options', ADD, options(many(21)), `${INVALID} /options`],
  ['an option without a name', ADD, options('{"":"x"}'), `${INVALID} /options`],
  [
    'an option with a name of 65 characters',
    ADD,
    options(`{"${'n'.repeat(65)}":"x"}`),
    `${INVALID} /options`,
  ],
  ['an option of 257 characters', ADD, options(`{"text":"${'x'.repeat(257)}"}`), `${INVALID} /options`],
  ['an option of 100 kB', ADD, options(`{"text":"${'x'.repeat(100_000)}"}`), `${INVALID} /options`],
  ['NUL in an option', ADD, options('{"text":"a\\u0000b"}'), `${INVALID} /options/text`],
  ['NUL in the name of an option', ADD, options('{"te\\u0000xt":"x"}'), INVALID],
  ['half a character in an option', ADD, options('{"text":"\\ud83d"}'), `${INVALID} /options/text`],
  ['two halves the wrong way round', ADD, options('{"text":"\\ude00\\ud83d"}'), `${INVALID} /options/text`],
  ['half a character in the name of an option', ADD, options('{"\\udc00":"x"}'), INVALID],
  ['the option __proto__', ADD, options('{"__proto__":"x"}'), `${INVALID} /options/__proto__`],
  ['the option constructor', ADD, options('{"constructor":"x"}'), `${INVALID} /options/constructor`],
  ['the option prototype', ADD, options('{"prototype":"x"}'), `${INVALID} /options/prototype`],
];

/** Values of the fields of an item that are none, or none that the shop can have. */
export const hostileValues = hostileInputs([...skus, ...quantities, ...optionRows]);
