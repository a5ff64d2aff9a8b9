import { v7 as uuidv7 } from 'uuid';
import { CartOpened, ItemAdded, type CartEvent } from '../../src/cart/domain/cart.events.js';
import type { EventLog } from '../../src/event-sourcing/index.js';

/** Carts that are stored at the same moment. */
const AT_ONCE = 500;

/** Fills a log with carts of three events each that were all changed last at one moment, so that all are idle for long at one moment. */
export async function fillWithCarts(log: EventLog, carts: number, changedAt: Date): Promise<void> {
  for (let from = 0; from < carts; from += AT_ONCE) {
    const count = Math.min(AT_ONCE, carts - from);
    await Promise.all(Array.from({ length: count }, () => storeCart(log, changedAt)));
  }
}

async function storeCart(log: EventLog, occurredAt: Date): Promise<void> {
  const cartId = uuidv7();
  const requestId = uuidv7();
  const metadata = {
    correlationId: requestId,
    causationId: requestId,
    actor: { type: 'guest', id: null },
    commandId: requestId,
  };
  const events: CartEvent[] = [
    new CartOpened({ cartId, currency: 'EUR', customerId: null }),
    ...['LANTERN-RED', 'LANTERN-BLUE'].map(
      (sku) =>
        new ItemAdded({
          cartId,
          itemId: uuidv7(),
          sku,
          name: sku,
          options: {},
          quantity: 1,
          unitPrice: 1_999,
        }),
    ),
  ];
  const { status } = await log.append({
    writes: [
      {
        stream: `cart-${cartId}`,
        expectedVersion: 0,
        occurredAt,
        events: events.map((event) => ({ id: uuidv7(), event, metadata })),
      },
    ],
    conditions: [],
  }).result;
  if (status !== 'appended') throw new Error(`A cart could not be stored: ${status}.`);
}
