import type { CartItem, OpenCart } from './cart.js';
import { ItemAdded } from './cart.events.js';
import type { CartLimits } from './cart.rules.js';
import { textOf } from './item-options.js';
import { itemTotal, type Item } from './items.fold.js';

/** What a merge did with one item of the merged cart. */
export interface MergedItem extends Pick<Item, 'sku' | 'options'> {
  /** Its quantity in the cart that was merged. */
  readonly from: number;
  /** Its quantity in the other cart before. */
  readonly into: number;
  /** Its quantity in the other cart after. */
  readonly result: number;
}

type Counted = Pick<Item, 'sku' | 'options' | 'quantity'>;

/**
 * Moves items into a cart. Quantities of the same SKU with the same options add up, within the limits and while
 * every total stays exact; the rest is left behind. An item takes the name and price of the side whose price is
 * newer. An item of `target` that cannot grow keeps its name and price.
 * @returns one event for each item that `target` takes, in whole or in part
 */
export function mergedInto(target: OpenCart, moved: readonly CartItem[], limits: CartLimits): ItemAdded[] {
  const events: ItemAdded[] = [];
  const sameIn = finderIn(target.items);
  let { itemCount, total } = target;
  for (const item of moved) {
    const present = sameIn(item);
    const into = present?.quantity ?? 0;
    const priced = present !== undefined && present.pricedAt >= item.pricedAt ? present : item;
    const others = total - (present === undefined ? 0 : itemTotal(present));
    const most = Math.min(limits.maxQuantity, mostFor(priced.unitPrice, others));
    const quantity = Math.min(item.quantity, most - into);
    if (quantity < 1 || (present === undefined && itemCount >= limits.maxItems)) continue;

    if (present === undefined) itemCount += 1;
    total = others + (into + quantity) * priced.unitPrice;
    const { sku, options } = item;
    const { name, unitPrice } = priced;
    const itemId = present?.id ?? item.id;
    const pricedAt = priced.pricedAt.toISOString();
    events.push(
      new ItemAdded({ cartId: target.id, itemId, sku, name, options, quantity, unitPrice, pricedAt }),
    );
  }
  return events;
}

/** Compares the items of a merged cart with the other cart before and after the merge. */
export function mergeReport(
  moved: readonly Counted[],
  before: readonly Counted[],
  after: readonly Counted[],
): MergedItem[] {
  const [wasIn, isIn] = [finderIn(before), finderIn(after)];
  return moved.map((item) => {
    const { sku, options, quantity: from } = item;
    return { sku, options, from, into: wasIn(item)?.quantity ?? 0, result: isIn(item)?.quantity ?? 0 };
  });
}

/**
 * Finds the item of the same SKU with the same options; a cart has at most one. A map, because carts may hold
 * thousands.
 */
function finderIn<Item extends Counted>(items: readonly Item[]): (like: Counted) => Item | undefined {
  const byKind = new Map(items.map((item) => [kindOf(item), item]));
  return (like) => byKind.get(kindOf(like));
}

/** Unambiguous, because no SKU contains a line break. */
function kindOf({ sku, options }: Counted): string {
  return `${sku}\n${textOf(options)}`;
}

/** The highest quantity at this price that keeps the total exact, beside other items worth `others`. */
function mostFor(unitPrice: number, others: number): number {
  if (unitPrice === 0) return Infinity;
  // A division of numbers could round up.
  return Number((BigInt(Number.MAX_SAFE_INTEGER) - BigInt(others)) / BigInt(unitPrice));
}
