import type { DomainEvent } from './event.js';

/** Who caused an event. */
export interface Actor {
  /** `guest`, `customer`, `admin`, `service` or `system`. */
  readonly type: string;
  /** `null` where the type says it all. */
  readonly id: string | null;
}

/** The actor of what nobody asked for, such as a timer. */
export const SYSTEM_ACTOR: Actor = { type: 'system', id: null };

/** Where an event came from. */
export interface EventMetadata {
  /** The id of the request at the beginning; everything that follows from it has the same. */
  readonly correlationId: string;
  /** The id of the message that directly led to the event: a request or another event. */
  readonly causationId: string;
  /** Who caused the event. */
  readonly actor: Actor;
  /** The id of the command whose decision appended the event. */
  readonly commandId: string;
  /** The trace in which it was stored: a `traceparent` of W3C Trace Context. Left out if nothing was traced. */
  readonly traceparent?: string;
}

/** An event as it is stored in the log. */
export interface RecordedEvent<E extends DomainEvent = DomainEvent> {
  /** Place in the log, from 1 on. Positions grow, with holes. */
  readonly position: number;
  /** Name of its stream, `<category>-<id>`. */
  readonly stream: string;
  /** Place in its stream, from 1 on, without holes. */
  readonly version: number;
  /** A UUID. */
  readonly id: string;
  /** In whole milliseconds; within a stream never before the event in front of it. */
  readonly occurredAt: Date;
  /** Where the event came from. */
  readonly metadata: EventMetadata;
  /** The event itself, an instance of its class. */
  readonly event: E;
}
