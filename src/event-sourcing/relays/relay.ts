import { applyDecorators, SetMetadata } from '@nestjs/common';
import { EventsHandler } from '@nestjs/cqrs';
import type { EventClass } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { Partition } from '../subscriptions/partition.js';
import type { StartAt } from '../subscriptions/subscription-options.js';

/** Sends events to another system, such as a message broker, in batches. */
export interface EventRelay {
  /**
   * Stores a batch in the other system. Resolves once all of it is stored there. If it rejects, the same batch comes
   * again after a pause, for as long as it takes. So an event may be sent more than once, but none is left out.
   * @param batch events in the order of the log
   * @param partition of the relay, to which the streams of the batch belong. Partitions send at the same time
   * @throws RelayRefusedError for an event that the other system would refuse each time
   */
  send(batch: readonly RecordedEvent[], partition: Partition): Promise<void>;
  /**
   * The process has just acquired this partition of the relay, or its last batch failed. Whatever is open to the other
   * system should be opened anew before the next batch, in a way that refuses late writes of former holders.
   */
  restart?(partition: Partition): void;
}

/** Options of a relay. */
export interface RelayOptions {
  /** Stable name. The checkpoint is stored under it, so it must not change when the class is renamed. */
  readonly name: string;
  /** The events that it sends; all by default. */
  readonly events?: readonly EventClass[];
  /** Where the relay begins when it runs for the first time. The default is `beginning`. */
  readonly startAt?: StartAt;
  /**
   * Number of partitions of a new relay, from 1 to 64; 1 by default. Each partition sends the events of some streams,
   * and can run in a process of its own. Afterwards the number that is stored counts; see the command line `partition`.
   */
  readonly partitions?: number;
}

const RELAY_METADATA = 'event-sourcing:relay';

/**
 * Makes a class a relay: it gets whole batches of events, from its checkpoint on, in one process at a time. The class
 * implements `EventRelay`.
 */
export const Relay = (options: RelayOptions): ClassDecorator =>
  // Nest finds it by the decorator of event handlers.
  applyDecorators(EventsHandler(...(options.events ?? [])), SetMetadata(RELAY_METADATA, options));

/** The options of `@Relay`; `undefined` if the class does not have it. */
export function relayOptions(relayClass: object): RelayOptions | undefined {
  return Reflect.getMetadata(RELAY_METADATA, relayClass) as RelayOptions | undefined;
}

/**
 * The other system refuses one event, and would refuse it each time, for instance because it is too large. The event is
 * parked, later events of its stream wait behind it, and the rest of the batch is sent again.
 */
export class RelayRefusedError extends Error {
  override readonly name = 'RelayRefusedError';

  /** @param recorded the event of the batch that is refused */
  constructor(
    readonly recorded: RecordedEvent,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
