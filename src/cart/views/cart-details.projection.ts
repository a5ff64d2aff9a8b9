import { EventsHandler } from '@nestjs/cqrs';
import { Projection, type RecordedEvent, type ViewProjection } from '../../event-sourcing/index.js';
import { cartEvents, type CartEvent } from '../domain/cart.events.js';
import { CartDetails, type CartDetailsItem } from './cart-details.entity.js';
import { standingAfter } from './cart-status.js';
import { linesAfter, sumsOf, type LineShape } from './view-lines.js';

const ITEM: LineShape<CartDetailsItem> = {
  of: ({ itemId: id, sku, name, options, quantity, unitPrice }, addedAt) => {
    return { id, sku, name, options, quantity, unitPrice, addedAt: addedAt.toISOString() };
  },
  caught: ({ name, unitPrice }) => ({ name, unitPrice }),
};

/** A plain object with the properties of the entity. */
type Row = Pick<CartDetails, keyof CartDetails>;

/** Keeps `cart_details`: what a shopper sees of a cart. */
@EventsHandler(...cartEvents.events)
@Projection({ name: 'cart-details', view: CartDetails })
export class CartDetailsProjection implements ViewProjection<Row, CartEvent> {
  keyOf({ event }: RecordedEvent<CartEvent>): string {
    return event.cartId;
  }

  evolve(row: Row | undefined, recorded: RecordedEvent<CartEvent>): Row {
    const { event, version, occurredAt } = recorded;
    if (event.type === 'cart.opened') {
      const { cartId: id, currency, customerId } = event;
      const started = { createdAt: occurredAt, updatedAt: occurredAt };
      return { id, version, status: 'active', customerId, currency, items: [], ...sumsOf([]), ...started };
    }
    if (row === undefined) throw new Error(`"${event.type}" before "cart.opened" in ${recorded.stream}.`);
    const items = linesAfter(row.items, event, occurredAt, ITEM);
    return { ...row, ...standingAfter(row, event), version, items, ...sumsOf(items), updatedAt: occurredAt };
  }
}
