import fc from 'fast-check';
import { cartContent } from '../answers/cart-content.js';
import { accepted, aWish, decisionOf, story } from '../testing/arbitrary-decisions.js';
import { limits } from '../testing/examples.js';

const manyWishes = fc.array(aWish, { maxLength: 25 });

describe('any decisions in any order', () => {
  it('keep every total the exact sum of its parts, within the limits', () => {
    fc.assert(
      fc.property(manyWishes, (wishes) => {
        story(wishes, (cart) => {
          const { items, itemCount, quantity, total } = cartContent(cart);
          const sum = items.reduce((so, item) => so + BigInt(item.quantity) * BigInt(item.unitPrice), 0n);
          expect(BigInt(total)).toBe(sum);
          expect(Number.isSafeInteger(total)).toBe(true);
          expect(quantity).toBe(items.reduce((so, item) => so + item.quantity, 0));
          expect(itemCount).toBe(items.length);
          expect(items.length).toBeLessThanOrEqual(limits.maxItems);
          for (const item of items) {
            expect(item.quantity).toBeGreaterThanOrEqual(1);
            expect(item.quantity).toBeLessThanOrEqual(limits.maxQuantity);
          }
        });
      }),
    );
  });

  it('never make two items of one product with the same options', () => {
    fc.assert(
      fc.property(manyWishes, (wishes) => {
        story(wishes, (cart) => {
          const { items } = cartContent(cart);
          expect(new Set(items.map(({ sku, options }) => JSON.stringify([sku, options]))).size).toBe(
            items.length,
          );
          expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
        });
      }),
    );
  });

  it('write nothing when a request is repeated, except an addition', () => {
    fc.assert(
      fc.property(manyWishes, (wishes) => {
        story(wishes, (cart, wish) => {
          if (wish.do !== 'add' && wish.do !== 'take in')
            expect(accepted(decisionOf(wish, wishes.length), cart.state)).toEqual([]);
        });
      }),
    );
  });
});
