import { EventsHandler } from '@nestjs/cqrs';
import {
  Projection,
  type RecordedEvent,
  type RowOf,
  type RowsOf,
  type ViewsProjection,
} from '../../event-sourcing/index.js';
import { cartEvents, type CartEvent } from '../domain/cart.events.js';
import { changedFacts, openedFacts } from '../domain/cart.fold.js';
import { addedItem, caughtOffer, itemsAfter, NO_ITEMS, type ItemShape } from '../domain/items.fold.js';
import { CartHeader } from './cart-header.entity.js';
import { CartItemRow } from './cart-item-row.entity.js';

const CARTS = 'carts';

/** One row for each cart, and one for each item. */
const VIEWS = { cart: CartHeader, items: [CartItemRow] } as const;

/** All rows of one cart. */
export type CartRows = RowsOf<typeof VIEWS>;

/** Keeps `carts` and `cart_items`, for shoppers' carts and the staff's list. */
@EventsHandler(...cartEvents.events)
@Projection({ name: CARTS, views: VIEWS, key: 'cartId' })
export class CartsProjection implements ViewsProjection<typeof VIEWS, CartEvent> {
  evolve({ cart, items }: CartRows, recorded: RecordedEvent<CartEvent>): CartRows {
    const { event, version, occurredAt } = recorded;
    if (event.type === 'cart.opened') {
      const begun = { version, createdAt: occurredAt, updatedAt: occurredAt };
      const { items: none, ...totals } = NO_ITEMS;
      return { cart: { cartId: event.cartId, ...openedFacts(event), ...totals, ...begun }, items: none };
    }
    if (cart === undefined) throw new Error(`"${event.type}" before "cart.opened" in ${recorded.stream}.`);
    const { itemCount, quantity, total } = cart;
    const list = itemsAfter({ items, itemCount, quantity, total }, event, shapeOf(recorded));
    const { items: after, ...totals } = list;
    return {
      cart: { ...cart, ...changedFacts(event), version, ...totals, updatedAt: occurredAt },
      items: after,
    };
  }
}

function shapeOf({ version, occurredAt }: RecordedEvent<CartEvent>): ItemShape<RowOf<typeof CartItemRow>> {
  return {
    added: (event) => ({ cartId: event.cartId, addedVersion: version, ...addedItem(event, occurredAt) }),
    caught: caughtOffer,
  };
}
