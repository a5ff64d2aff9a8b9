import type { DomainEvent } from './event.js';

/** Who caused an event. */
export interface Actor {
  /** `guest`, `customer`, `admin`, `service` or `system`. */
  readonly type: string;
  readonly id: string | null;
}

/** Where an event came from. */
export interface EventMetadata {
  /** Shared by all that followed from one request. */
  readonly correlationId: string;
  /** What caused it directly: the id of a request or of an event. */
  readonly causationId: string;
  readonly actor: Actor;
  /** The id of the command that was decided. */
  readonly commandId: string;
}

/** An event as it stands in the log. */
export interface RecordedEvent<E extends DomainEvent = DomainEvent> {
  /** Place in the whole log, from 1 upwards, with holes. */
  readonly position: number;
  readonly stream: string;
  /** Place in its stream, from 1 upwards, without holes. */
  readonly version: number;
  readonly id: string;
  readonly occurredAt: Date;
  readonly metadata: EventMetadata;
  /** The fact itself, an instance of its class. */
  readonly event: E;
}
