import type { CartFacts } from './cart.fold.js';
import { isBuyable, isOpen, type Offer } from './cart.rules.js';
import type { Item } from './items.fold.js';

/** A difference between an item and the present catalogue. Prices are minor units of the cart's currency. */
export type Notice =
  | {
      readonly code: 'PRICE_CHANGED';
      readonly itemId: string;
      readonly previous: number;
      readonly current: number;
    }
  | { readonly code: 'UNAVAILABLE'; readonly itemId: string };

type ComparedItem = Pick<Item, 'id' | 'unitPrice'>;

/** The part of a cart from which notices are computed. */
export interface Noticeable extends Pick<CartFacts, 'status' | 'currency'> {
  readonly items: readonly ComparedItem[];
}

/** Whether a cart can have notices. A closed or empty cart has none. */
export function isNoticeable(cart: Noticeable): boolean {
  return isOpen(cart) && cart.items.length > 0;
}

/**
 * Compares a cart with the present catalogue.
 * @param offers one for each item, in the order of the items; `undefined` for an unknown product
 * @returns at most one notice an item, in the order of the items
 */
export function noticesOf(cart: Noticeable, offers: readonly (Offer | undefined)[]): Notice[] {
  const notices: Notice[] = [];
  if (!isNoticeable(cart)) return notices;
  cart.items.forEach((item, index) => {
    const notice = noticeOf(item, offers[index], cart.currency);
    if (notice !== undefined) notices.push(notice);
  });
  return notices;
}

function noticeOf(item: ComparedItem, offer: Offer | undefined, currency: string): Notice | undefined {
  const { id: itemId, unitPrice: previous } = item;
  if (offer === undefined || !isBuyable(offer, currency)) return { code: 'UNAVAILABLE', itemId };
  const { amount: current } = offer.price;
  return current === previous ? undefined : { code: 'PRICE_CHANGED', itemId, previous, current };
}
