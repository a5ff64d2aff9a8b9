import fc from 'fast-check';
import {
  CARTS,
  PRODUCTS,
  LIMITS,
  type Claimant,
  type Sender,
  type Condition,
  type ItemWish,
  type ChangeWish,
  type HostileWish,
  type HostileRequest,
  type LookWish,
  type ClaimWish,
  type ProductWish,
  type Wish,
} from './wishes.js';

const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });

const cart = fc.nat({ max: CARTS - 1 });
const sender = fc.oneof(
  often(12, fc.constant<Sender>('owner')),
  often(3, fc.constant<Sender>('admin')),
  often(3, fc.constantFrom<Sender>('customer', 'rival')),
  often(1, fc.constantFrom<Sender>('stranger', 'wrong token', 'nobody', 'bad JWT')),
);
const condition = fc.oneof(
  often(10, fc.constant<Condition>('none')),
  often(3, fc.constantFrom<Condition>('known', 'any', 'known or older')),
  often(1, fc.constantFrom<Condition>('older', 'weak', 'unquoted')),
);
const quantity = fc.oneof(
  often(12, fc.integer({ min: 1, max: 7 })),
  often(1, fc.constantFrom(0, -1, LIMITS.maxQuantity, LIMITS.maxQuantity + 1, 2 ** 31, 2 ** 53)),
);
const options = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { size: 'M', colour: 'red' },
  { colour: 'red', size: 'M' },
  { 'gr\u00f6\u00dfe': '\u202eM' },
);
const place = fc.nat({ max: LIMITS.maxItems });

const operation: fc.Arbitrary<ItemWish> = fc.oneof(
  often(
    6,
    fc.record(
      { op: fc.constant('add' as const), product: fc.nat({ max: PRODUCTS }), quantity, options },
      { requiredKeys: ['op', 'product', 'quantity'] },
    ),
  ),
  often(3, fc.record({ op: fc.constant('change' as const), place, quantity })),
  often(2, fc.record({ op: fc.constant('remove' as const), place })),
);

const change: fc.Arbitrary<ChangeWish> = fc.record({
  kind: fc.constant('change' as const),
  sender,
  cart,
  condition,
  prefersMinimal: fc.boolean(),
  keyed: fc.oneof(often(4, fc.constant<0>(0)), often(1, fc.constantFrom<1 | 2 | 3>(1, 2, 3))),
  change: fc.oneof(
    often(30, operation),
    often(
      5,
      fc.record({
        op: fc.constant('several' as const),
        operations: fc.array(operation, { minLength: 1, maxLength: 4 }),
      }),
    ),
    often(2, fc.record({ op: fc.constantFrom('clear' as const, 'reprice' as const) })),
    // Rarely, because a discarded cart shows little.
    often(
      1,
      fc.record({
        op: fc.oneof(often(3, fc.constant('reprice' as const)), often(1, fc.constant('discard' as const))),
      }),
    ),
  ),
});

const refused = (method: 'POST' | 'PATCH', path: string, ...bodies: readonly string[]): HostileRequest[] =>
  bodies.map((raw) => ({ method, path, raw, code: 'VALIDATION_FAILED' }));

const HOSTILE: readonly HostileRequest[] = [
  ...refused(
    'POST',
    '/items',
    '[]',
    '{}',
    '{"sku":"A","quantity":1.5}',
    '{"sku":"A","quantity":1e309}',
    '{"sku":"A","quantity":"2"}',
    '{"sku":"A","quantity":true}',
    '{"sku":"A","quantity":null}',
    '{"sku":"A","quantity":1,"price":0}',
    '{"sku":"A","quantity":1,"__proto__":{"quantity":2}}',
    '{"sku":"A\\u0000","quantity":1}',
    '{"sku":"A","quantity":1,"options":{"size":"\\ud800"}}',
    '{"sku":"A","quantity":1,"options":{"size":{"$gt":""}}}',
    `{"sku":"A","quantity":1,"options":{"size":"${'M'.repeat(257)}"}}`,
    `{"sku":"A","quantity":1,"options":${'['.repeat(64)}${']'.repeat(64)}}`,
  ),
  ...refused(
    'PATCH',
    '/items',
    '{"operations":[]}',
    '{"operations":{"op":"add","sku":"A","quantity":1}}',
    '{"operations":[{"op":"drop table","sku":"A","quantity":1}]}',
    '{"operations":[{"op":"add","sku":"A","quantity":1},{"op":"remove"}]}',
  ),
  ...refused('POST', '/repricings', '{"at":"2020-01-01"}'),
  ...['{"sku":"A","quantity":', '{sku:1}', '\u0000', '{"sku":"A","quantity":01}'].map((raw) => {
    return { method: 'POST', path: '/items', raw, code: 'MALFORMED_JSON' } as const;
  }),
];

const hostile: fc.Arbitrary<HostileWish> = fc.record({
  kind: fc.constant('hostile' as const),
  sender,
  cart,
  request: fc.constantFrom(...HOSTILE),
});

const look: fc.Arbitrary<LookWish> = fc.record(
  {
    kind: fc.constant('look' as const),
    sender,
    cart,
    ago: fc.integer({ min: -1, max: 5 }),
    upToDate: fc.boolean(),
  },
  { requiredKeys: ['kind', 'sender', 'cart', 'upToDate'] },
);

const claim: fc.Arbitrary<ClaimWish> = fc.record({
  kind: fc.constant('claim' as const),
  claimant: fc.constantFrom<Claimant>('customer', 'rival'),
  cart: fc.nat({ max: CARTS - 2 }),
  token: fc.oneof(
    often(6, fc.constant('right' as const)),
    often(1, fc.constantFrom('wrong' as const, 'none' as const)),
  ),
});

const product: fc.Arbitrary<ProductWish> = fc.record({
  kind: fc.constant('product' as const),
  // The last two products keep their special price and currency.
  product: fc.nat({ max: PRODUCTS - 3 }),
  name: fc.constantFrom('Mug', 'Mu\u0308g', 'M\u00fcg'),
  amount: fc.constantFrom(0, 1, 250, 1999),
  active: fc.oneof(often(4, fc.constant(true)), often(1, fc.constant(false))),
});

/** The wishes of concurrent shoppers; each shopper acts sequentially. */
export function shoppers(count: number, wishes: number): fc.Arbitrary<Wish[][]> {
  const wish = fc.oneof<[fc.WeightedArbitrary<Wish>, ...fc.WeightedArbitrary<Wish>[]]>(
    often<Wish>(30, change),
    often<Wish>(4, look),
    often<Wish>(3, hostile),
    often<Wish>(3, product),
    often<Wish>(2, claim),
  );
  const list = fc.array(wish, { minLength: wishes, maxLength: wishes });
  return fc.array(list, { minLength: count, maxLength: count });
}
