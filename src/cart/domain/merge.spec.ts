import fc from 'fast-check';
import { fold, type Versioned } from '../../event-sourcing/index.js';
import { foreignItems, identified } from '../testing/arbitrary-decisions.js';
import {
  afterClaim,
  CARLA,
  cartOf,
  itemsOf,
  ofOwn,
  own,
  ownId,
  ownItemId,
  quantitiesOf,
} from '../testing/claims.js';
import { added, cap, capAdded, limits, mug, mugAdded, mugId, opened } from '../testing/examples.js';
import { cartDecider, type Cart, type CartItem, type OpenCart } from './cart.js';
import { ItemAdded, ItemQuantityChanged, type ItemOptions } from './cart.events.js';
import { claimCart } from './claim.js';
import { totalsOf } from './items.fold.js';
import { mergedInto, mergeReport } from './merge.js';

const listOf = (items: readonly CartItem[]) => ({ items, ...totalsOf(items) });

describe('merging', () => {
  const later = Date.UTC(2030, 0, 2);
  const dearer = { ...mug, name: 'Mug, new', price: { amount: 2500, currency: 'EUR' } };

  it('adds up quantities of the same SKU with the same options, in any order of keys', () => {
    const guest = cartOf([opened, added(mugId, mug, 3, { size: 'L', colour: 'blue' })]);
    const same = afterClaim(own([ofOwn(mug, 2, { colour: 'blue', size: 'L' })]), guest);
    expect(itemsOf(same)).toMatchObject([{ id: ownItemId, quantity: 5 }]);
    const other = afterClaim(own([ofOwn(mug, 2, { colour: 'red' })]), guest);
    expect(quantitiesOf(other)).toEqual([
      ['MUG-1', 2],
      ['MUG-1', 3],
    ]);
  });

  it('gives an item the newer name and price of the two carts, and keeps their time', () => {
    const prices = (mine: Versioned<OpenCart>, theirs: Versioned<Cart>) =>
      itemsOf(afterClaim(mine, theirs))[0];
    const old = { name: mug.name, unitPrice: 1999, quantity: 5 };
    const fresh = { name: 'Mug, new', unitPrice: 2500, quantity: 5 };
    const pricedAt = new Date(later + 1_000);
    expect(prices(own([ofOwn(mug, 2)]), cartOf([opened, added(mugId, dearer, 3)], later))).toMatchObject({
      ...fresh,
      pricedAt,
    });
    expect(
      prices(own([ofOwn(dearer, 2)], later), cartOf([opened, mugAdded, added(mugId, mug, 1)])),
    ).toMatchObject({
      ...fresh,
      pricedAt,
    });
    expect(prices(own([ofOwn(mug, 2)], later), cartOf([opened, added(mugId, dearer, 3)]))).toMatchObject({
      ...old,
      pricedAt,
    });
  });

  it('leaves behind what exceeds the limit of an item or of the cart', () => {
    const guest = cartOf([opened, added(mugId, mug, 4), capAdded, added(ownId, { ...cap, sku: 'PEN-1' }, 3)]);
    const mine = own([ofOwn(mug, 9)]);
    const result = afterClaim(mine, guest);
    expect(quantitiesOf(result)).toEqual([
      ['MUG-1', 10],
      ['CAP-1', 1],
    ]);
    expect(mergeReport(itemsOf(guest.state), mine.state.items, itemsOf(result))).toEqual([
      { sku: 'MUG-1', options: {}, from: 4, into: 9, result: 10 },
      { sku: 'CAP-1', options: {}, from: 1, into: 0, result: 1 },
      { sku: 'PEN-1', options: {}, from: 3, into: 0, result: 0 },
    ]);
  });

  it('does not reduce an item that exceeds a lowered limit', () => {
    const mine = own([
      ofOwn(mug, 9),
      new ItemQuantityChanged({ cartId: ownId, itemId: ownItemId, quantity: 12 }),
    ]);
    expect(claimCart(cartOf([opened, mugAdded]).state, CARLA, mine, limits).moved).toEqual([]);
  });

  it('never fails because of a total: it takes as many as keep it exact', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const gold = { ...cap, price: { amount: 2 ** 51, currency: 'EUR' } };
    const guest = cartOf([opened, added(mugId, gold, 3)]);
    expect(quantitiesOf(afterClaim(own([ofOwn(gold, 2)]), guest))).toEqual([['CAP-1', 3]]);
    const full = { ...mug, price: { amount: most, currency: 'EUR' } };
    expect(claimCart(guest.state, CARLA, own([ofOwn(full, 1)]), limits).moved).toEqual([]);
    const at = (offer: typeof mug) => ({ ...offer, price: { amount: 2 ** 50, currency: 'EUR' } });
    const many = cartOf([opened, added(mugId, at(mug), 1), added(capAdded.itemId, at(cap), 10)]);
    const [, caps] = quantitiesOf(afterClaim(own([ofOwn(at(mug), 4)]), many));
    expect(caps).toEqual(['CAP-1', 2]);
    const free = { ...cap, price: { amount: 0, currency: 'EUR' } };
    expect(quantitiesOf(afterClaim(own([ofOwn(full, 1)]), cartOf([opened, added(mugId, free, 3)])))).toEqual([
      ['MUG-1', 1],
      ['CAP-1', 3],
    ]);
  });

  it('makes each quantity the sum, or the most that fits, and keeps the other items', () => {
    const wide = { maxItems: 6, maxQuantity: limits.maxQuantity };
    const keyOf = ({ sku, options }: Pick<CartItem, 'sku' | 'options'>) => JSON.stringify([sku, options]);
    fc.assert(
      fc.property(foreignItems, foreignItems, (mine, theirs) => {
        const before: OpenCart = { ...own().state, ...listOf(identified(mine, 1)) };
        const guests = identified(theirs, 2);
        let cart: Cart = before;
        for (const event of mergedInto(before, guests, wide)) {
          expect(event.quantity).toBeGreaterThan(0);
          cart = cartDecider.evolve(cart, event, new Date(later));
        }
        const result = new Map(itemsOf(cart).map((item) => [keyOf(item), item]));
        for (const item of before.items) {
          const kept = result.get(keyOf(item));
          expect(kept).toMatchObject({ id: item.id, addedAt: item.addedAt });
          if (!guests.some((guest) => keyOf(guest) === keyOf(item))) expect(kept).toEqual(item);
        }
        const prices = [...result.values()].map(
          ({ quantity, unitPrice }) => BigInt(quantity) * BigInt(unitPrice),
        );
        const total = prices.reduce((sum, price) => sum + price, 0n);
        expect(total <= BigInt(Number.MAX_SAFE_INTEGER)).toBe(true);
        const isRoomy = [...before.items, ...guests].every(({ unitPrice }) => unitPrice <= 5_000);
        for (const { sku, options, from, into, result: sum } of mergeReport(
          guests,
          before.items,
          itemsOf(cart),
        )) {
          const whole = Math.min(wide.maxQuantity, from + into);
          expect(sum).toBeGreaterThanOrEqual(into);
          expect(sum).toBeLessThanOrEqual(whole);
          if (isRoomy && (into > 0 || result.size < wide.maxItems)) expect(sum).toBe(whole);
          expect(result.get(keyOf({ sku, options }))?.quantity ?? 0).toBe(sum);
        }
        expect(result.size).toBeLessThanOrEqual(Math.max(wide.maxItems, before.items.length));
      }),
    );
  });

  it('reads the options of each item only a few times, in a cart of any size', () => {
    let looks = 0;
    const watched = (size: string) => {
      const ownKeys = (options: object) => {
        looks += 1;
        return Reflect.ownKeys(options);
      };
      return new Proxy<ItemOptions>({ size }, { ownKeys });
    };
    const itemsIn = (cart: string): CartItem[] =>
      Array.from({ length: 300 }, (_, index) => {
        const id = `${cart} ${index}`;
        const [addedAt, pricedAt] = [new Date(later), new Date(later)];
        const { sku, name } = mug;
        return { id, sku, name, options: watched(id), quantity: 1, unitPrice: 1999, addedAt, pricedAt };
      });
    const [theirs, mine] = [itemsIn('theirs'), itemsIn('mine')];
    const target = { ...own().state, ...listOf(mine) };
    expect(mergedInto(target, theirs, { ...limits, maxItems: 600 })).toHaveLength(300);
    expect(mergeReport(theirs, mine, [...mine, ...theirs])).toHaveLength(300);
    expect(looks).toBeLessThanOrEqual(4 * (theirs.length + mine.length));
  });

  it('makes the same report from stored carts', () => {
    const guest = cartOf([opened, mugAdded]);
    const moved = claimCart(guest.state, CARLA, own(), limits).moved;
    const stored = moved.map((event) => new ItemAdded(JSON.parse(JSON.stringify(event)) as ItemAdded));
    const at = new Date(later);
    const folded = (events: readonly ItemAdded[]) =>
      fold(
        cartDecider,
        own(),
        events.map((event) => ({ event, occurredAt: at })),
      );
    expect(folded(stored)).toEqual(folded(moved));
  });
});
