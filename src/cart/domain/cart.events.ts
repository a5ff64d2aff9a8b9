import { event, type EventDefinitions } from '../../event-sourcing/index.js';

/** Distinguish two items of one SKU, by size and colour for example. */
export type ItemOptions = Readonly<Record<string, string>>;

export class CartOpened extends event('cart.opened')<{
  cartId: string;
  currency: string;
  /** `null` for a guest's cart. */
  customerId: string | null;
}>() {}

/** A new item was added, or the quantity of an item was increased. */
export class ItemAdded extends event('cart.item-added')<{
  cartId: string;
  itemId: string;
  sku: string;
  /** From the catalogue; becomes the name of the whole item. */
  name: string;
  options: ItemOptions;
  /** The quantity that was added. */
  quantity: number;
  /** Minor units of the cart's currency; becomes the price of the whole item. */
  unitPrice: number;
  /**
   * When the item took its price from the catalogue (ISO 8601). Only for items from a merged cart, which keep the time
   * of their price; otherwise it is the time of the event.
   */
  pricedAt?: string;
}>() {}

export class ItemQuantityChanged extends event('cart.item-quantity-changed')<{
  cartId: string;
  itemId: string;
  quantity: number;
}>() {}

export class ItemRemoved extends event('cart.item-removed')<{ cartId: string; itemId: string }>() {}

export class CartCleared extends event('cart.cleared')<{ cartId: string }>() {}

/** An item took today's name and price from the catalogue. */
export class ItemRepriced extends event('cart.item-repriced')<{
  cartId: string;
  itemId: string;
  name: string;
  /** Minor units of the cart's currency. */
  unitPrice: number;
}>() {}

/** Nobody has changed the items for a long time. The next change of items makes the cart active again. */
export class CartAbandoned extends event('cart.abandoned')<{ cartId: string }>() {}

export class CartDiscarded extends event('cart.discarded')<{ cartId: string }>() {}

/** A guest's cart became the customer's. */
export class CartClaimed extends event('cart.claimed')<{ cartId: string; customerId: string }>() {}

/**
 * A customer with an open cart claimed this guest's cart. The items that fitted moved to the open cart; this one is
 * closed.
 */
export class CartMerged extends event('cart.merged')<{
  cartId: string;
  customerId: string;
  intoCartId: string;
  /** Versions of the other cart before and after. */
  intoBefore: number;
  intoAfter: number;
}>() {}

/** The events that change the items of a cart. */
export const itemEvents = [
  ItemAdded,
  ItemQuantityChanged,
  ItemRemoved,
  CartCleared,
  ItemRepriced,
] as const satisfies EventDefinitions['events'];

/** Every event that a cart's stream can hold. */
export const cartEvents = {
  events: [CartOpened, ...itemEvents, CartAbandoned, CartDiscarded, CartClaimed, CartMerged],
} as const satisfies EventDefinitions;

export type ItemEvent = InstanceType<(typeof itemEvents)[number]>;
export type CartEvent = InstanceType<(typeof cartEvents.events)[number]>;

const ITEM_EVENTS: ReadonlySet<string> = new Set(itemEvents.map(({ type }) => type));

export function isItemEvent(event: CartEvent): event is ItemEvent {
  return ITEM_EVENTS.has(event.type);
}
