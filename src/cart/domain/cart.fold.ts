import type { CartEvent, ItemAdded, ItemRepriced } from './cart.events.js';

const CHANGES: ReadonlySet<CartEvent['type']> = new Set([
  'cart.item-added',
  'cart.item-quantity-changed',
  'cart.item-removed',
  'cart.cleared',
  'cart.item-repriced',
] as const);

/** What every fold of a cart needs to know of an item. */
export interface CountedItem {
  readonly id: string;
  readonly quantity: number;
  /** Minor units of the cart's currency. */
  readonly unitPrice: number;
}

/** How a fold remembers an item. */
export interface ItemShape<Item extends CountedItem> {
  /** An item that has just appeared. */
  of(added: ItemAdded): Item;
  /** What changes when an item takes over what the catalogue says. */
  caught(event: ItemAdded | ItemRepriced): Partial<Item>;
}

/**
 * The items of a cart after an event, in the order in which they appeared. Items that did not change stay the same objects; where
 * none did, the array is the same too.
 */
export function itemsAfter<Item extends CountedItem>(
  items: readonly Item[],
  event: CartEvent,
  shape: ItemShape<Item>,
): readonly Item[] {
  switch (event.type) {
    case 'cart.item-added': {
      const more = (item: Item): Item => {
        return { ...item, ...shape.caught(event), quantity: item.quantity + event.quantity };
      };
      return withChanged(items, event.itemId, more) ?? [...items, shape.of(event)];
    }
    case 'cart.item-quantity-changed':
      return withChanged(items, event.itemId, (item) => ({ ...item, quantity: event.quantity })) ?? items;
    case 'cart.item-repriced':
      return withChanged(items, event.itemId, (item) => ({ ...item, ...shape.caught(event) })) ?? items;
    case 'cart.item-removed':
      return items.filter(({ id }) => id !== event.itemId);
    case 'cart.cleared':
      return [];
    case 'cart.opened':
    case 'cart.abandoned':
    case 'cart.discarded':
    case 'cart.claimed':
    case 'cart.merged':
      return items;
  }
}

/** Whether somebody was at the items, which makes an abandoned cart active. */
export function isChangeOfItems({ type }: CartEvent): boolean {
  return CHANGES.has(type);
}

/** @returns `undefined` where the item is not there */
function withChanged<Item extends CountedItem>(
  items: readonly Item[],
  itemId: string,
  change: (item: Item) => Item,
): readonly Item[] | undefined {
  // What changes is most often what came last.
  const index = items.findLastIndex(({ id }) => id === itemId);
  const item = items[index];
  return item && items.with(index, change(item));
}

/** What an item comes to, in minor units. */
export function itemTotal({ quantity, unitPrice }: Omit<CountedItem, 'id'>): number {
  return quantity * unitPrice;
}

/** What items come to together: quantities, and minor units. */
export function totalsOf(items: readonly Omit<CountedItem, 'id'>[]): { quantity: number; total: number } {
  let quantity = 0;
  let total = 0;
  for (const item of items) {
    quantity += item.quantity;
    total += itemTotal(item);
  }
  return { quantity, total };
}

/** What has become of a cart. */
export type CartStatus = 'active' | 'abandoned' | 'discarded' | 'merged';

/** What becomes of a cart as a whole. */
interface Standing {
  readonly status: CartStatus;
  readonly customerId: string | null;
}

/** Status and owner of a cart after an event: any change of items makes a cart active. */
export function standingAfter({ status, customerId }: Standing, event: CartEvent): Standing {
  switch (event.type) {
    case 'cart.abandoned':
      return { status: 'abandoned', customerId };
    case 'cart.discarded':
      return { status: 'discarded', customerId };
    case 'cart.claimed':
      return { status, customerId: event.customerId };
    case 'cart.merged':
      return { status: 'merged', customerId: event.customerId };
    case 'cart.opened':
    case 'cart.item-added':
    case 'cart.item-quantity-changed':
    case 'cart.item-removed':
    case 'cart.cleared':
    case 'cart.item-repriced':
      return { status: 'active', customerId };
  }
}
