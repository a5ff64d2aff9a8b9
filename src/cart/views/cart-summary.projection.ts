import { EventsHandler } from '@nestjs/cqrs';
import { Projection, type RecordedEvent, type ViewProjection } from '../../event-sourcing/index.js';
import { cartEvents, type CartEvent } from '../domain/cart.events.js';
import { CartSummary, type CartSummaryLine } from './cart-summary.entity.js';
import { standingAfter } from './cart-status.js';
import { linesAfter, sumsOf, type LineShape } from './view-lines.js';

const LINE: LineShape<CartSummaryLine> = {
  of: ({ itemId: id, sku, quantity, unitPrice }) => ({ id, sku, quantity, unitPrice }),
  caught: ({ unitPrice }) => ({ unitPrice }),
};

/** A plain object with the properties of the entity. */
type Row = Pick<CartSummary, keyof CartSummary>;

/** Keeps `cart_summaries`: the list of carts that staff search. */
@EventsHandler(...cartEvents.events)
@Projection({ name: 'cart-summaries', view: CartSummary })
export class CartSummaryProjection implements ViewProjection<Row, CartEvent> {
  keyOf({ event }: RecordedEvent<CartEvent>): string {
    return event.cartId;
  }

  evolve(row: Row | undefined, recorded: RecordedEvent<CartEvent>): Row {
    const { event, version, occurredAt } = recorded;
    if (event.type === 'cart.opened') {
      const { cartId: id, currency, customerId } = event;
      const nothing = { skus: [], lines: [], ...sumsOf([]) };
      const started = { createdAt: occurredAt, updatedAt: occurredAt };
      return { id, version, status: 'active', customerId, currency, ...nothing, ...started };
    }
    if (row === undefined) throw new Error(`"${event.type}" before "cart.opened" in ${recorded.stream}.`);
    const lines = linesAfter(row.lines, event, occurredAt, LINE);
    const skus = lines === row.lines ? row.skus : [...new Set(lines.map(({ sku }) => sku))];
    return {
      ...row,
      ...standingAfter(row, event),
      version,
      skus,
      lines,
      ...sumsOf(lines),
      updatedAt: occurredAt,
    };
  }
}
