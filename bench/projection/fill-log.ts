import { v7 as uuidv7 } from 'uuid';
import type { CartEvent } from '../../src/cart/domain/cart.events.js';
import type { DomainEvent, EventLog } from '../../src/event-sourcing/index.js';
import { randomFrom, type Random } from '../support/random.js';
import { PRODUCTS, shoppingTrip, type CartSizes } from './shopping.js';

/** Shoppers who are in the shop at any moment: neighbouring events of the log belong to different carts. */
const SHOPPERS = 1_000;
/** Shoppers who do something at the same moment. */
const AT_ONCE = 250;
const SEED = 20_260;

/** What a log was filled with. */
export interface Filling {
  readonly carts: number;
  readonly cartEvents: number;
}

/** Fills the log with the products and with about `wanted` cart events, as a busy shop would leave it behind. */
export async function fillLog(log: EventLog, wanted: number, sizes: CartSizes): Promise<Filling> {
  await Promise.all(PRODUCTS.map((event) => append(log, `product-${event.sku}`, 0, event)));
  const random = randomFrom(SEED);
  const tally = { carts: 0, cartEvents: 0 };
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      const shoppers = Array.from({ length: SHOPPERS / AT_ONCE }, () => new Shopper(log, random, sizes));
      while (tally.cartEvents < wanted) {
        for (const shopper of shoppers) {
          tally.cartEvents += 1;
          if (await shopper.act()) tally.carts += 1;
        }
      }
    }),
  );
  return tally;
}

/** Fills one cart after the other. */
class Shopper {
  private trip: Iterator<CartEvent, void, undefined>;
  private version = 0;

  constructor(
    private readonly log: EventLog,
    private readonly random: Random,
    private readonly sizes: CartSizes,
  ) {
    this.trip = shoppingTrip(random, sizes);
  }

  /** Stores one event. Resolves to whether it was the first of a cart. */
  async act(): Promise<boolean> {
    let next = this.trip.next();
    if (next.done === true) {
      this.trip = shoppingTrip(this.random, this.sizes);
      this.version = 0;
      next = this.trip.next();
    }
    if (next.done === true) throw new Error('A shopping trip ended before it began.');
    await append(this.log, `cart-${next.value.cartId}`, this.version, next.value);
    this.version += 1;
    return this.version === 1;
  }
}

async function append(log: EventLog, stream: string, version: number, event: DomainEvent): Promise<void> {
  const requestId = uuidv7();
  const actor = { type: 'guest', id: null };
  const metadata = { correlationId: requestId, causationId: requestId, actor, commandId: uuidv7() };
  const { status } = await log.append({
    writes: [
      {
        stream,
        expectedVersion: version,
        occurredAt: new Date(),
        events: [{ id: uuidv7(), event, metadata }],
      },
    ],
    conditions: [],
  }).result;
  if (status !== 'appended') throw new Error(`An append that nothing stood against came to "${status}".`);
}
