import type { CatalogPort } from '../catalog/catalog.port.js';
import type { CartContent } from './cart-content.js';
import { isNoticeable, noticesOf, type Notice } from './domain/notices.js';

/** A cart, and what has become of its products since. */
export interface CartAnswer {
  readonly cart: CartContent;
  readonly notices: readonly Notice[];
}

/** Compares a cart with the present catalogue. */
export async function withNotices(catalog: CatalogPort, cart: CartContent): Promise<CartAnswer> {
  if (!isNoticeable(cart)) return { cart, notices: [] };
  const offers = await catalog.present(cart.items.map(({ sku }) => sku));
  return { cart, notices: noticesOf(cart, offers) };
}
