import type { CartEvent } from '../domain/cart.events.js';

/** What has become of a cart, as views have it. */
export type CartStatus = 'active' | 'abandoned' | 'discarded';

/** The status of a cart after an event: any change of items makes a cart active. */
export function statusAfter({ type }: CartEvent): CartStatus {
  switch (type) {
    case 'cart.abandoned':
      return 'abandoned';
    case 'cart.discarded':
      return 'discarded';
    case 'cart.opened':
    case 'cart.item-added':
    case 'cart.item-quantity-changed':
    case 'cart.item-removed':
    case 'cart.cleared':
    case 'cart.item-repriced':
      return 'active';
  }
}
