import { v5 } from 'uuid';
import { contextAfter } from '../runtime/command-metadata.js';
import { MessageIdentity, withMessageContext } from '../runtime/message-context.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { NO_WORK, type Work } from '../subscriptions/checkpoint-move.js';
import type { Batch, Delivery } from '../subscriptions/delivery.js';
import { remember } from '../kernel/record-of.js';

/** Namespace of the ids of messages that handlers send. */
const HANDLED = '6f1c6a52-6a0f-5d0c-8a6e-0a3a0f3f6e11';

/**
 * Calls a plain handler, awaited, one event after the other. The checkpoint moves after the calls, so a crash repeats
 * calls: the handler gets each event at least once. Commands that it sends take effect once nevertheless, because
 * their ids are derived.
 */
export class HandlerDelivery implements Delivery {
  constructor(
    private readonly name: string,
    private readonly handle: (event: object) => unknown,
  ) {}

  keyOf({ stream }: RecordedEvent): string {
    return stream;
  }

  begin(): Promise<Batch> {
    return Promise.resolve({
      take: (recorded) => this.take(recorded),
      work: (): Work => NO_WORK,
      written: () => undefined,
    });
  }

  forget(): void {
    // There is nothing to forget.
  }

  private async take(recorded: RecordedEvent): Promise<void> {
    remember(recorded);
    const identity = new MessageIdentity(v5(`${this.name} ${recorded.id}`, HANDLED), this.name);
    const context = contextAfter(recorded.id, recorded.metadata);
    await withMessageContext({ ...context, identity }, () => this.handle(recorded.event));
  }
}
