import {
  isItemEvent,
  type CartEvent,
  type ItemAdded,
  type ItemOptions,
  type ItemRepriced,
} from './cart.events.js';

/** One line of a cart, as decisions, views and clients all have it. Add a new attribute of an item here first. */
export interface Item {
  readonly id: string;
  readonly sku: string;
  /** The name in the catalogue at the time of the price. */
  readonly name: string;
  readonly options: ItemOptions;
  readonly quantity: number;
  /** Minor units of the cart's currency; taken from the catalogue when the item was last added to or repriced. */
  readonly unitPrice: number;
  /** When the item first appeared. */
  readonly addedAt: Date;
}

/** An item that has just appeared. */
export function addedItem(event: ItemAdded, addedAt: Date): Item {
  const { itemId: id, sku, name, options, quantity, unitPrice } = event;
  return { id, sku, name, options, quantity, unitPrice, addedAt };
}

/** The attributes that an item takes over from the catalogue. */
export function caughtOffer({ name, unitPrice }: ItemAdded | ItemRepriced): Pick<Item, 'name' | 'unitPrice'> {
  return { name, unitPrice };
}

/** How the write side or a view stores an item: the attributes of {@link Item}, and possibly more. */
export interface ItemShape<Kept extends Item> {
  added(event: ItemAdded): Kept;
  caught(event: ItemAdded | ItemRepriced): Partial<Kept>;
}

/** The sums over the items of a cart. */
export interface Totals {
  readonly itemCount: number;
  /** All quantities together. */
  readonly quantity: number;
  /** Minor units. */
  readonly total: number;
}

/** The items of a cart, in the order in which they appeared, and the sums over them. */
export interface ItemList<Kept extends Item> extends Totals {
  readonly items: readonly Kept[];
}

/** The list of a cart without items. */
export const NO_ITEMS: ItemList<never> = { items: [], itemCount: 0, quantity: 0, total: 0 };

/**
 * The items of a cart after an event. Items that did not change stay the same objects. The sums follow from those
 * before, because a cart may hold thousands of items.
 * @returns `list` itself if nothing changed
 */
export function itemsAfter<Kept extends Item>(
  list: ItemList<Kept>,
  event: CartEvent,
  shape: ItemShape<Kept>,
): ItemList<Kept> {
  if (!isItemEvent(event)) return list;
  switch (event.type) {
    case 'cart.item-added':
      return withChanged(list, event.itemId, (item) =>
        item === undefined
          ? shape.added(event)
          : { ...item, ...shape.caught(event), quantity: item.quantity + event.quantity },
      );
    case 'cart.item-quantity-changed':
      return withChanged(list, event.itemId, (item) => item && { ...item, quantity: event.quantity });
    case 'cart.item-repriced':
      return withChanged(list, event.itemId, (item) => item && { ...item, ...shape.caught(event) });
    case 'cart.item-removed':
      return withChanged(list, event.itemId, () => undefined);
    case 'cart.cleared':
      return NO_ITEMS;
  }
}

/** @param change from the item to the item afterwards; `undefined` means that there is none */
function withChanged<Kept extends Item>(
  list: ItemList<Kept>,
  itemId: string,
  change: (item: Kept | undefined) => Kept | undefined,
): ItemList<Kept> {
  const { items } = list;
  const index = indexOf(items, itemId);
  const before = items[index];
  const after = change(before);
  if (before === after) return list;
  const itemsAfterwards = replaced(items, index, after);
  return {
    items: itemsAfterwards,
    itemCount: itemsAfterwards.length,
    quantity: list.quantity - (before?.quantity ?? 0) + (after?.quantity ?? 0),
    // The old amount goes first, so that no sum on the way is beyond the exact numbers.
    total: list.total - totalOf(before) + totalOf(after),
  };
}

/** @returns -1 if there is no such item */
function indexOf(items: readonly Item[], itemId: string): number {
  let index = items.length - 1;
  // Most changes concern the item that appeared last. A loop, because V8 does not inline findLastIndex.
  while (index >= 0 && items[index]?.id !== itemId) index--;
  return index;
}

/**
 * @param index -1 to append
 * @param item `undefined` to remove
 */
function replaced<Kept>(items: readonly Kept[], index: number, item: Kept | undefined): readonly Kept[] {
  if (item === undefined) return items.toSpliced(index, 1);
  return index === -1 ? items.concat([item]) : items.with(index, item);
}

function totalOf(item: Priced | undefined): number {
  return item === undefined ? 0 : itemTotal(item);
}

type Priced = Pick<Item, 'quantity' | 'unitPrice'>;

/** Quantity times price, in minor units. */
export function itemTotal({ quantity, unitPrice }: Priced): number {
  return quantity * unitPrice;
}

/** The sums over items, from scratch. */
export function totalsOf(items: readonly Priced[]): Totals {
  let quantity = 0;
  let total = 0;
  for (const item of items) {
    quantity += item.quantity;
    total += itemTotal(item);
  }
  return { itemCount: items.length, quantity, total };
}
