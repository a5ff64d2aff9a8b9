import type { CartEvent } from '../domain/cart.events.js';

/** What has become of a cart, as views have it. */
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
