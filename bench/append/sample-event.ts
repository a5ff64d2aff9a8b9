import { v7 as uuidv7 } from 'uuid';
import { ItemAdded } from '../../src/cart/domain/cart.events.js';
import type { EventMetadata } from '../../src/event-sourcing/index.js';

/** Events of a stream before an appender goes on to a new one: what a usual cart sees. */
export const EVENTS_A_STREAM = 20;

/** An event as carts are full of: about 300 bytes of JSON. */
export function sampleEvent(cartId: string): ItemAdded {
  return new ItemAdded({
    cartId,
    itemId: uuidv7(),
    sku: 'LANTERN-METAL-WHITE-85123A',
    name: 'White metal lantern with a hanging heart and a door, for tea lights',
    options: { colour: 'white', size: '20 cm' },
    quantity: 6,
    unitPrice: 339,
  });
}

/** Metadata as a request leaves them. */
export function sampleMetadata(cartId: string): EventMetadata {
  const requestId = uuidv7();
  return {
    correlationId: requestId,
    causationId: requestId,
    actor: { type: 'guest', id: cartId },
    commandId: uuidv7(),
  };
}

/** Where an appender stands: it fills one stream after the other. */
export class StreamCursor {
  private id = uuidv7();
  private version = 0;

  /** The cart to append to, and the version that its stream is at. */
  next(): { cartId: string; stream: string; version: number } {
    if (this.version === EVENTS_A_STREAM) {
      this.id = uuidv7();
      this.version = 0;
    }
    const at = { cartId: this.id, stream: `cart-${this.id}`, version: this.version };
    this.version += 1;
    return at;
  }
}
