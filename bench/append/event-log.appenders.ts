import { v7 as uuidv7 } from 'uuid';
import { ProductRegistered } from '../../src/catalog/domain/product.events.js';
import type { Append, EventLog, SettledLog } from '../../src/event-sourcing/index.js';
import { follow } from '../support/event-log.js';
import type { Call } from '../support/measure.js';
import type { Appenders } from './appenders.js';
import { sampleEvent, sampleMetadata, StreamCursor } from './sample-event.js';

const PRODUCTS = 100;

/** Appends through the event log: group commit, and all that the log promises. */
export class EventLogAppenders implements Appenders {
  constructor(protected readonly log: EventLog) {}

  appender(): Call {
    const cursor = new StreamCursor();
    return async () => {
      const { cartId, stream, version } = cursor.next();
      const metadata = sampleMetadata(cartId);
      await store(this.log, {
        writes: [
          {
            stream,
            expectedVersion: version,
            occurredAt: new Date(),
            events: [{ id: uuidv7(), event: sampleEvent(cartId), metadata }],
          },
        ],
        conditions: this.conditions(),
      });
    };
  }

  async close(): Promise<void> {
    // The log is the bench's.
  }

  protected conditions(): Append['conditions'] {
    return [];
  }
}

/** The same, where each append also depends on the version of one of 100 other streams. */
export class ConditionalAppenders extends EventLogAppenders {
  private turn = 0;

  static async create(log: EventLog): Promise<ConditionalAppenders> {
    const registered = Array.from({ length: PRODUCTS }, (_, index) => {
      const event = new ProductRegistered({
        sku: `${index}`,
        name: 'x',
        price: { amount: 1, currency: 'EUR' },
        active: true,
      });
      return {
        stream: productStream(index),
        expectedVersion: 0,
        occurredAt: new Date(),
        events: [{ id: uuidv7(), event, metadata: sampleMetadata('') }],
      };
    });
    await store(log, { writes: registered, conditions: [] });
    return new ConditionalAppenders(log);
  }

  protected override conditions(): Append['conditions'] {
    this.turn = (this.turn + 1) % PRODUCTS;
    return [{ stream: productStream(this.turn), version: 1 }];
  }
}

/** The same, while somebody follows the settled log, as every running service does. */
export class FollowedAppenders extends EventLogAppenders {
  private follower: SettledLog | undefined;

  async begin(): Promise<void> {
    this.follower = await follow(this.log);
  }

  async end(): Promise<void> {
    await this.follower?.stop();
  }
}

const productStream = (index: number): string => `product-bench-${index}`;

async function store(log: EventLog, append: Append): Promise<void> {
  const { status } = await log.append(append).result;
  if (status !== 'appended') throw new Error(`An append that nothing stood against came to "${status}".`);
}
