import { EventsHandler } from '@nestjs/cqrs';
import {
  Projection,
  type RecordedEvent,
  type RowOf,
  type RowsOf,
  type ViewsProjection,
} from '../../event-sourcing/index.js';
import { cartEvents, type CartEvent } from '../domain/cart.events.js';
import { itemsAfter, standingAfter, totalsOf, type ItemShape } from '../domain/cart.fold.js';
import { CartHeader } from './cart-header.entity.js';
import { CartItemRow } from './cart-item-row.entity.js';

export const CARTS = 'carts';

/** The tables of the carts: a row a cart, and a row an item. */
const VIEWS = { cart: CartHeader, items: [CartItemRow] } as const;

/** All rows of one cart. */
export type CartRows = RowsOf<typeof VIEWS>;

/** Keeps `carts` and `cart_items`: what shoppers see of a cart, and the list that staff search. */
@EventsHandler(...cartEvents.events)
@Projection({ name: CARTS, views: VIEWS, key: 'cartId' })
export class CartsProjection implements ViewsProjection<typeof VIEWS, CartEvent> {
  evolve({ cart, items }: CartRows, recorded: RecordedEvent<CartEvent>): CartRows {
    const { event, version, occurredAt } = recorded;
    if (event.type === 'cart.opened') {
      const { cartId, currency, customerId } = event;
      const nothing = { itemCount: 0, quantity: 0, total: 0 };
      const started = { createdAt: occurredAt, updatedAt: occurredAt };
      return {
        cart: { cartId, version, status: 'active', customerId, currency, ...nothing, ...started },
        items: [],
      };
    }
    if (cart === undefined) throw new Error(`"${event.type}" before "cart.opened" in ${recorded.stream}.`);
    const after = itemsAfter(items, event, shapeOf(recorded));
    const sums = after === items ? {} : { itemCount: after.length, ...totalsOf(after) };
    return {
      cart: { ...cart, ...standingAfter(cart, event), version, ...sums, updatedAt: occurredAt },
      items: after,
    };
  }
}

function shapeOf({
  version,
  occurredAt: addedAt,
}: RecordedEvent<CartEvent>): ItemShape<RowOf<typeof CartItemRow>> {
  return {
    of: ({ cartId, itemId: id, sku, name, options, quantity, unitPrice }) => {
      return { cartId, addedVersion: version, id, sku, name, options, quantity, unitPrice, addedAt };
    },
    caught: ({ name, unitPrice }) => ({ name, unitPrice }),
  };
}
