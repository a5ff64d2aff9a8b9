import type { DomainEvent } from '../../kernel/event.js';
import type { EventMetadata } from '../../kernel/recorded-event.js';

/** An event that is about to be stored. */
export interface NewEvent {
  /** A UUID. An event with an id that is stored already is not stored again. */
  readonly id: string;
  /** The event, an instance of a registered class. */
  readonly event: DomainEvent;
  /** Where the event comes from. */
  readonly metadata: EventMetadata;
}

/** Events for one stream. */
export interface StreamWrite {
  /** Name of the stream. */
  readonly stream: string;
  /** The version that the stream must be at; 0 for a stream that must not exist. */
  readonly expectedVersion: number;
  /** The events, in order. */
  readonly events: readonly NewEvent[];
  /** When they occurred, in whole milliseconds, not before the last event of the stream. */
  readonly occurredAt: Date;
}

/** A stream that was only read, and the version at which it must still be when the append is stored. */
export interface StreamCondition {
  /** Name of the stream. */
  readonly stream: string;
  /** Its version; 0 if it must not exist. */
  readonly version: number;
}

/** A command whose outcome is stored, so that a repeat gets the same one. */
export interface RememberedCommand {
  /** Id of the command. */
  readonly id: string;
  /** Differs for another request under the same id. */
  readonly fingerprint: string;
  /** What a repeat gets; any JSON value. */
  readonly outcome: unknown;
}

/** What one command stores, all or nothing. */
export interface Append {
  /** Events for streams, each stream once. */
  readonly writes: readonly StreamWrite[];
  /** Versions of streams that were only read. */
  readonly conditions: readonly StreamCondition[];
  /** The command to remember, if it may be sent again. */
  readonly command?: RememberedCommand;
}

/** The append is on disk. */
export interface Appended {
  /** Tells the results apart. */
  readonly status: 'appended';
  /** Positions of its events, in order. Left out for an append that was sent a second time. */
  readonly positions?: readonly number[];
}

/** A stream has moved on, so nothing was stored. Load it again, and decide again. */
export interface AppendConflict {
  /** Tells the results apart. */
  readonly status: 'conflict';
}

/** The command was executed before, so nothing was stored. */
export interface AppendRepeated {
  /** Tells the results apart. */
  readonly status: 'repeated';
  /** Fingerprint of the command that was executed. */
  readonly fingerprint: string;
  /** Its remembered outcome. */
  readonly outcome: unknown;
}

/** What came of an append. */
export type AppendResult = Appended | AppendConflict | AppendRepeated;

/** The log could not be reached within the patience of the caller. Whether an append was stored is unknown. */
export class LogUnavailableError extends Error {
  override readonly name: string = 'LogUnavailableError';
}
