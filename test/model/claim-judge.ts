import { isDeepStrictEqual } from 'node:util';
import type { MergedItem } from '../support/customers.js';
import { isOpen, isSame, type ModelCart, type ModelItem } from './cart-model.js';
import type { CartRecord } from './cart-record.js';
import type { PlayedClaim } from './played.js';
import { shown } from './shown.js';
import { during } from './timeline.js';
import { LIMITS } from './wishes.js';

/** Checks whether the answers to claims are consistent with the histories of the carts. */
export class ClaimJudge {
  constructor(
    private readonly records: readonly CartRecord[],
    private readonly customerIdOf: (claim: PlayedClaim) => string,
  ) {}

  isExplained(one: PlayedClaim): boolean {
    const record = this.records[one.cart];
    if (record === undefined) return false;
    return one.answer.status === 200 ? this.isGranted(one, record) : this.isRefused(one, record);
  }

  private isRefused(one: PlayedClaim, { reigns }: CartRecord): boolean {
    const { status, body } = one.answer;
    const { code } = body as unknown as { readonly code: string };
    const customerId = this.customerIdOf(one);
    return during(reigns, one).some(({ state }) => {
      const isSeen = state.customerId === null ? one.hasToken : state.customerId === customerId;
      if (!isSeen) return status === 404 && code === 'CART_NOT_FOUND';
      return state.customerId === null && !isOpen(state) && status === 409 && code === 'CART_CLOSED';
    });
  }

  private isGranted(one: PlayedClaim, record: CartRecord): boolean {
    const { claim } = record;
    if (claim?.customerId !== this.customerIdOf(one)) return false;
    const before = record.stateAt(claim.version - 1);
    if (!isOpen(before) || before.customerId !== null) return false;
    const { cart, merged } = one.answer.body;
    if (claim.into === undefined) {
      return merged.length === 0 && isDeepStrictEqual(shown(cart), record.stateAt(claim.version));
    }
    const { into } = claim;
    const target = this.records.find(({ opened }) => opened.id === into.cartId);
    if (target === undefined) return false;
    const [own, grown] = [target.stateAt(into.before), target.stateAt(into.after)];
    return (
      isOpen(own) &&
      own.customerId === claim.customerId &&
      isDeepStrictEqual(shown(cart), grown) &&
      isMergeOf(before.items, own, grown) &&
      isDeepStrictEqual(merged, reportOf(before.items, own, grown))
    );
  }
}

/** Checks that a merge lost nothing that fitted, added nothing else, and kept the items of the target. */
function isMergeOf(moved: readonly ModelItem[], own: ModelCart, grown: ModelCart): boolean {
  const isRoomy = [...moved, ...own.items].every(({ unitPrice }) => unitPrice < 10_000);
  const kept = own.items.every((item, index) => {
    const after = grown.items[index];
    const same = moved.find((one) => isSameItem(one, item));
    if (same === undefined) return isDeepStrictEqual(after, item);
    return after?.id === item.id && [item.unitPrice, same.unitPrice].includes(after.unitPrice);
  });
  const fitting = moved.every((item) => {
    const [into, result] = [quantityIn(own, item), quantityIn(grown, item)];
    const whole = Math.min(LIMITS.maxQuantity, item.quantity + into);
    if (result < into || result > whole) return false;
    return (
      !isRoomy || result === whole || (into === 0 && result === 0 && grown.items.length >= LIMITS.maxItems)
    );
  });
  const known = [...own.items, ...moved];
  return kept && fitting && grown.items.every((item) => known.some((one) => isSameItem(one, item)));
}

function reportOf(moved: readonly ModelItem[], own: ModelCart, grown: ModelCart): MergedItem[] {
  return moved.map((item) => {
    const { sku, options, quantity: from } = item;
    return { sku, options, from, into: quantityIn(own, item), result: quantityIn(grown, item) };
  });
}

function quantityIn({ items }: ModelCart, like: ModelItem): number {
  return items.find((item) => isSameItem(item, like))?.quantity ?? 0;
}

function isSameItem(a: ModelItem, b: ModelItem): boolean {
  return a.sku === b.sku && isSame(a.options, b.options);
}
