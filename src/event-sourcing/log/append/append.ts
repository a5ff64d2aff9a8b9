import type { DomainEvent } from '../../kernel/event.js';
import type { EventMetadata } from '../../kernel/recorded-event.js';

/** An event that is about to be stored. */
export interface NewEvent {
  /** A UUID of its own. Sent again with the same id, it is not stored twice. */
  readonly id: string;
  readonly event: DomainEvent;
  readonly metadata: EventMetadata;
}

/** Events for one stream. */
export interface StreamWrite {
  readonly stream: string;
  /** The version that the stream must be at; 0 for a stream that must not exist. */
  readonly expectedVersion: number;
  readonly events: readonly NewEvent[];
  /** When they occurred; in milliseconds, and not before the stream's last event. */
  readonly occurredAt: Date;
}

/** A stream that was looked at, and the version at which it must still be when the append is stored. */
export interface StreamCondition {
  readonly stream: string;
  readonly version: number;
}

/** A command whose outcome is to be known when it is sent again. */
export interface RememberedCommand {
  readonly id: string;
  /** Tells a repeat from another request under the same id. */
  readonly fingerprint: string;
  /** What a repeat is to learn; any JSON value. */
  readonly outcome: unknown;
}

/** What one command stores: all of it or nothing. */
export interface Append {
  readonly writes: readonly StreamWrite[];
  readonly conditions: readonly StreamCondition[];
  readonly command?: RememberedCommand;
}

/** What came of an append. */
export type AppendResult =
  /** It is on disk, its events at these positions, in their order. They are left out where an append was sent a second time. */
  | { readonly status: 'appended'; readonly positions?: readonly number[] }
  /** A stream has moved on; nothing was stored. Reload, decide anew. */
  | { readonly status: 'conflict' }
  /** The command was executed before; nothing was stored. */
  | { readonly status: 'repeated'; readonly fingerprint: string; readonly outcome: unknown };

/** The log could not be reached for so long that waiting on makes no sense. It is unknown whether the append was stored. */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError';
}
