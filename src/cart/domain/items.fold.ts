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

/**
 * The items of a cart after an event, in the order in which they appeared. Items that did not change stay the same
 * objects; if none changed, the array is the same object, too.
 */
export function itemsAfter<Kept extends Item>(
  items: readonly Kept[],
  event: CartEvent,
  shape: ItemShape<Kept>,
): readonly Kept[] {
  if (!isItemEvent(event)) return items;
  switch (event.type) {
    case 'cart.item-added': {
      const more = (item: Kept): Kept => {
        return { ...item, ...shape.caught(event), quantity: item.quantity + event.quantity };
      };
      return withChanged(items, event.itemId, more) ?? [...items, shape.added(event)];
    }
    case 'cart.item-quantity-changed':
      return withChanged(items, event.itemId, (item) => ({ ...item, quantity: event.quantity })) ?? items;
    case 'cart.item-repriced':
      return withChanged(items, event.itemId, (item) => ({ ...item, ...shape.caught(event) })) ?? items;
    case 'cart.item-removed':
      return items.filter(({ id }) => id !== event.itemId);
    case 'cart.cleared':
      return [];
  }
}

/** @returns `undefined` if the item is not there */
function withChanged<Kept extends Item>(
  items: readonly Kept[],
  itemId: string,
  change: (item: Kept) => Kept,
): readonly Kept[] | undefined {
  // Most changes concern the item that appeared last.
  const index = items.findLastIndex(({ id }) => id === itemId);
  const item = items[index];
  return item && items.with(index, change(item));
}

type Priced = Pick<Item, 'quantity' | 'unitPrice'>;

/** Quantity times price, in minor units. */
export function itemTotal({ quantity, unitPrice }: Priced): number {
  return quantity * unitPrice;
}

/** The sums over the items of a cart. */
export interface Totals {
  readonly itemCount: number;
  /** All quantities together. */
  readonly quantity: number;
  /** Minor units. */
  readonly total: number;
}

export function totalsOf(items: readonly Priced[]): Totals {
  let quantity = 0;
  let total = 0;
  for (const item of items) {
    quantity += item.quantity;
    total += itemTotal(item);
  }
  return { itemCount: items.length, quantity, total };
}
