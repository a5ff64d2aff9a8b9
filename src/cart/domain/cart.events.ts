import { event, type EventDefinitions } from '../../event-sourcing/index.js';

/** What distinguishes two items of one SKU, such as size and colour. */
export type ItemOptions = Readonly<Record<string, string>>;

export class CartOpened extends event('cart.opened')<{
  cartId: string;
  currency: string;
  /** `null` for a guest's cart. */
  customerId: string | null;
}>() {}

/** An item appeared, or more was put to an item that was there. */
export class ItemAdded extends event('cart.item-added')<{
  cartId: string;
  itemId: string;
  sku: string;
  /** As the catalogue had it; becomes the name of the whole item. */
  name: string;
  options: ItemOptions;
  /** How many came in addition. */
  quantity: number;
  /** Minor units of the cart's currency; becomes the price of the whole item. */
  unitPrice: number;
  /** When that price was caught (ISO 8601), where it was not now: an item that comes from another cart brings it along. */
  pricedAt?: string;
}>() {}

export class ItemQuantityChanged extends event('cart.item-quantity-changed')<{
  cartId: string;
  itemId: string;
  quantity: number;
}>() {}

export class ItemRemoved extends event('cart.item-removed')<{ cartId: string; itemId: string }>() {}

export class CartCleared extends event('cart.cleared')<{ cartId: string }>() {}

/** An item took over what the catalogue says today. */
export class ItemRepriced extends event('cart.item-repriced')<{
  cartId: string;
  itemId: string;
  name: string;
  /** Minor units of the cart's currency. */
  unitPrice: number;
}>() {}

/** Nothing has happened to the items for long; the next change of them makes the cart active again. */
export class CartAbandoned extends event('cart.abandoned')<{ cartId: string }>() {}

export class CartDiscarded extends event('cart.discarded')<{ cartId: string }>() {}

/** A guest's cart became the customer's. */
export class CartClaimed extends event('cart.claimed')<{ cartId: string; customerId: string }>() {}

/** The customer who claimed a guest's cart had an open one: what fitted went over there, and this one is closed. */
export class CartMerged extends event('cart.merged')<{
  cartId: string;
  customerId: string;
  intoCartId: string;
  /** Versions of the other cart before and after. */
  intoBefore: number;
  intoAfter: number;
}>() {}

/** Somebody was at the items of a cart. */
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
