import type { RecordedEvent } from '../kernel/recorded-event.js';
import { NO_WORK, type Work } from '../subscriptions/checkpoint-move.js';
import type { Batch, Delivery, Unsent } from '../subscriptions/delivery.js';
import { WHOLE, type Partition } from '../subscriptions/partition.js';
import { RelayRefusedError, type EventRelay } from './relay.js';

/**
 * Gives a relay whole batches. A batch that fails moves no checkpoint and parks nothing: it is delivered again. Only an
 * event that the other system refuses is parked.
 */
export class RelayDelivery implements Delivery {
  constructor(
    private readonly relay: EventRelay,
    private readonly partition: Partition = WHOLE,
  ) {}

  keyOf({ stream }: RecordedEvent): string {
    return stream;
  }

  begin(): Promise<Batch> {
    return Promise.resolve(new RelayBatch(this.relay, this.partition));
  }

  forget(): void {
    this.relay.restart?.(this.partition);
  }
}

class RelayBatch implements Batch {
  private readonly taken: RecordedEvent[] = [];

  constructor(
    private readonly relay: EventRelay,
    private readonly partition: Partition,
  ) {}

  take(recorded: RecordedEvent): undefined {
    this.taken.push(recorded);
  }

  async send(): Promise<readonly Unsent[]> {
    const unsent: Unsent[] = [];
    let left: readonly RecordedEvent[] = this.taken;
    while (left.length > 0) {
      const refusal = await this.refusalOf(left);
      if (!refusal) break;
      const behind = refusedWithFollowers(left, refusal.recorded);
      unsent.push(
        ...behind.map((recorded, index) => (index === 0 ? { recorded, error: refusal } : { recorded })),
      );
      left = left.filter((recorded) => !behind.includes(recorded));
    }
    return unsent;
  }

  work(): Work {
    return NO_WORK;
  }

  written(): void {
    // There is nothing to remember.
  }

  private async refusalOf(events: readonly RecordedEvent[]): Promise<RelayRefusedError | undefined> {
    try {
      await this.relay.send(events, this.partition);
      return undefined;
    } catch (error) {
      if (error instanceof RelayRefusedError && events.includes(error.recorded)) return error;
      throw error;
    }
  }
}

/** The refused event and those of its stream behind it. */
function refusedWithFollowers(
  events: readonly RecordedEvent[],
  refused: RecordedEvent,
): readonly RecordedEvent[] {
  return events.slice(events.indexOf(refused)).filter(({ stream }) => stream === refused.stream);
}
