import { fold, type Decider, type Versioned } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { EventLog } from '../log/event-log.js';
import { handOut } from '../runtime/hand-out.js';
import type { StateCache } from './state-cache.js';
import type { StreamRef } from './stream-ref.js';

/** A state of the past: at a version, or at a time (inclusive). */
export type PastState =
  | {
      /** Number of events. */
      readonly version: number;
    }
  | {
      /** Events up to this time, inclusive. */
      readonly time: Date;
    };

/** Folds a state of the past, from the snapshot of the stream if that is not after it. */
export async function loadPast<State, Event extends DomainEvent>(
  log: Pick<EventLog, 'readStream'>,
  cache: Pick<StateCache, 'baseOf'>,
  decider: Decider<State, Event>,
  ref: StreamRef,
  at: PastState,
): Promise<Versioned<State>> {
  const isPast = ({ version, occurredAt }: Versioned<unknown>): boolean =>
    'version' in at ? version <= at.version : occurredAt !== undefined && occurredAt <= at.time;
  const base = (await cache.baseOf(ref, isPast)) as Versioned<State>;
  const limit = 'version' in at ? { limit: at.version - base.version } : {};
  const events = await log.readStream(ref.stream, { after: base.version, ...limit });
  const past = 'time' in at ? events.filter(({ occurredAt }) => occurredAt <= at.time) : events;
  return handOut(fold(decider, base, past as unknown as RecordedEvent<Event>[]));
}
