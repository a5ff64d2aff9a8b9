import { withMessageContext } from '../bus/message-context.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { Checkpoints, Claim, LogPlace } from './checkpoints.js';
import { remember } from './record-of.js';
import type { Delivery } from './subscription.js';

/**
 * Calls a plain handler: awaited, one event after the other. The checkpoint follows the calls, so an event whose handling was
 * cut short is handled again: at least once.
 */
export class HandlerDelivery implements Delivery {
  constructor(
    private readonly handle: (event: object) => unknown,
    private readonly checkpoints: Checkpoints,
  ) {}

  async deliver(events: readonly RecordedEvent[], claim: Claim, to: LogPlace): Promise<Claim> {
    let done: LogPlace = claim;
    try {
      for (const recorded of events) {
        remember(recorded);
        const { correlationId, actor } = recorded.metadata;
        await withMessageContext({ correlationId, causationId: recorded.id, actor }, () =>
          this.handle(recorded.event),
        );
        done = { position: recorded.position, eventId: recorded.id };
      }
    } catch (error) {
      // What went well before the failure need not be done again.
      if (done.position > claim.position) await this.checkpoints.move(claim, done);
      throw error;
    }
    return this.checkpoints.move(claim, to);
  }
}
