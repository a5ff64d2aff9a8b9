import { CARTS, hostileInputs, ITEM, ITEMS, type Row } from './hostile-input.js';

const ADD = `POST ${ITEMS}`;
const GOOD = '{"sku":"MUG-1","quantity":1}';
const NO_JSON = '400 MALFORMED_JSON';
const INVALID = '400 VALIDATION_FAILED';
const TOO_LARGE = '413 PAYLOAD_TOO_LARGE';
const WRONG_TYPE = '415 UNSUPPORTED_MEDIA_TYPE';
const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

const typed = (type: string | null) => ({ 'content-type': type });
const nested = (levels: number) =>
  `{"sku":"MUG-1","quantity":1,"options":${'[['.repeat(levels)}${']]'.repeat(levels)}}`;
const padded = (bytes: number) => GOOD + ' '.repeat(bytes - GOOD.length);

const syntax: readonly Row[] = [
  ['no JSON at all', ADD, 'sku=MUG-1&quantity=1', NO_JSON],
  ['JSON that is cut off', ADD, '{"sku":"MUG-1","quantity":', NO_JSON],
  ['JSON with more behind it', ADD, `${GOOD}${GOOD}`, NO_JSON],
  ['a trailing comma', ADD, '{"sku":"MUG-1","quantity":1,}', NO_JSON],
  ['a comment', ADD, '{"sku":"MUG-1","quantity":1/*one*/}', NO_JSON],
  ['single quotes', ADD, "{'sku':'MUG-1','quantity':1}", NO_JSON],
  ['NaN', ADD, '{"sku":"MUG-1","quantity":NaN}', NO_JSON],
  ['Infinity', ADD, '{"sku":"MUG-1","quantity":Infinity}', NO_JSON],
  ['a plus sign', ADD, '{"sku":"MUG-1","quantity":+1}', NO_JSON],
  ['a leading zero', ADD, '{"sku":"MUG-1","quantity":01}', NO_JSON],
  ['a hexadecimal number', ADD, '{"sku":"MUG-1","quantity":0x1}', NO_JSON],
  ['a line break inside of a string', ADD, '{"sku":"MUG\n1","quantity":1}', NO_JSON],
  ['a bare NUL inside of a string', ADD, '{"sku":"MUG\u0000","quantity":1}', NO_JSON],
  ['nothing but blanks', ADD, '   ', NO_JSON],
  ['nothing but an open bracket, 100,000 times', ADD, '['.repeat(100_000), NO_JSON],
  ['a byte that is not UTF-8', ADD, Buffer.from('{"sku":"MUG\xff","quantity":1}', 'latin1'), NO_JSON],
  ['UTF-16', ADD, Buffer.from(GOOD, 'utf16le'), NO_JSON],
  ['a surrogate in UTF-8', ADD, Buffer.from('{"sku":"\xed\xa0\x80","quantity":1}', 'latin1'), NO_JSON],
  ['a body that is no JSON where none is needed', `DELETE ${ITEM}`, 'x', NO_JSON],
  ['an empty body', ADD, '', `${INVALID} /sku,/quantity`],
  ['no body', ADD, undefined, `${INVALID} /sku,/quantity`],
  ['null', ADD, 'null', INVALID],
  ['a number', ADD, '42', INVALID],
  ['a text', ADD, '"MUG-1"', INVALID],
  ['a list', ADD, `[${GOOD}]`, INVALID],
  ['an empty list', `POST ${CARTS}`, '[]', INVALID],
];

const keys: readonly Row[] = [
  ['an unknown field', ADD, '{"sku":"MUG-1","quantity":1,"colour":"red"}', `${INVALID} /colour`],
  ['a price of its own', ADD, '{"sku":"MUG-1","quantity":1,"unitPrice":1}', `${INVALID} /unitPrice`],
  ['a field in another case', ADD, '{"SKU":"MUG-1","sku":"MUG-1","quantity":1}', `${INVALID} /SKU`],
  ['a field without a name', ADD, '{"sku":"MUG-1","quantity":1,"":1}', `${INVALID} /`],
  ['__proto__', ADD, '{"sku":"MUG-1","quantity":1,"__proto__":{"options":1}}', `${INVALID} /__proto__`],
  ['__proto__ in place of the fields', ADD, '{"__proto__":{"sku":"MUG-1","quantity":1}}', INVALID],
  ['constructor', ADD, '{"sku":"MUG-1","quantity":1,"constructor":{}}', `${INVALID} /constructor`],
  ['prototype', ADD, '{"sku":"MUG-1","quantity":1,"prototype":1}', `${INVALID} /prototype`],
  ['toString', ADD, '{"sku":"MUG-1","quantity":1,"toString":1}', `${INVALID} /toString`],
  ['hasOwnProperty', ADD, '{"sku":"MUG-1","quantity":1,"hasOwnProperty":1}', `${INVALID} /hasOwnProperty`],
  [
    '10,000 unknown fields',
    ADD,
    JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`k${n}`, n]))),
    INVALID,
  ],
  [
    'unknown fields of an item',
    `POST ${CARTS}`,
    `{"currency":"EUR","items":[{"sku":"MUG-1","quantity":1,"id":"x"}]}`,
    `${INVALID} /items/0/id`,
  ],
  [
    'an owner of its own choice',
    `POST ${CARTS}`,
    '{"currency":"EUR","customerId":"admin"}',
    `${INVALID} /customerId`,
  ],
  ['fields where none are', `POST /v1/carts/{cartId}/repricings`, '{"all":true}', `${INVALID} /all`],
];

const depthAndSize: readonly Row[] = [
  ['nesting of 11 levels', ADD, nested(5), INVALID],
  ['nesting of 60,000 levels', ADD, nested(30_000), INVALID],
  ['objects nested 5,000 deep', ADD, `${'{"options":'.repeat(5_000)}1${'}'.repeat(5_000)}`, INVALID],
  ['10 MB of JSON', ADD, padded(10 * MEBIBYTE), TOO_LARGE],
  ['10 MB of nothing', ADD, Buffer.alloc(10 * MEBIBYTE), TOO_LARGE],
  ['10 MB to a route that takes no body', `DELETE ${ITEM}`, padded(10 * MEBIBYTE), TOO_LARGE],
  ['one byte more than 256 KiB', ADD, padded(256 * KIBIBYTE + 1), TOO_LARGE],
  ['256 KiB of a wrong thing', ADD, `[${' '.repeat(256 * KIBIBYTE - 2)}]`, INVALID],
  ['more than 2 MiB to be imported', 'POST /v1/products/imports', padded(2 * MEBIBYTE + 1), TOO_LARGE],
];

const mediaTypes: readonly Row[] = [
  ['a form', ADD, 'sku=MUG-1', WRONG_TYPE, typed('application/x-www-form-urlencoded')],
  ['parts of a form', ADD, '--x--', WRONG_TYPE, typed('multipart/form-data; boundary=x')],
  ['plain text', ADD, GOOD, WRONG_TYPE, typed('text/plain')],
  [
    'XML',
    ADD,
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    WRONG_TYPE,
    typed('application/xml'),
  ],
  ['a patch', `PATCH ${ITEM}`, '{"quantity":1}', WRONG_TYPE, typed('application/merge-patch+json')],
  ['a type that only begins like JSON', ADD, GOOD, WRONG_TYPE, typed('application/jsonp')],
  ['another charset', ADD, GOOD, WRONG_TYPE, typed('application/json; charset=utf-16')],
  ['a body without a type', ADD, GOOD, WRONG_TYPE, typed(null)],
  ['an empty type', ADD, GOOD, WRONG_TYPE, typed('')],
  ['something compressed', ADD, GOOD, WRONG_TYPE, { 'content-encoding': 'gzip' }],
];

/**
 * Bodies that are hostile as a whole: no JSON, too large, too deep, of another type, with keys that mean something
 * else.
 */
export const hostileBodies = hostileInputs([...syntax, ...keys, ...depthAndSize, ...mediaTypes]);
