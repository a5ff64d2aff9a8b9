import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { Work } from './checkpoints.js';

/** How one kind of handler takes events in. */
export interface Delivery {
  /** What must be taken in in order: a stream, or a row of a view. A failure holds up what has the same key, and nothing else. */
  keyOf(recorded: RecordedEvent): string;
  /** Gets ready for some events. */
  begin(events: readonly RecordedEvent[]): Promise<Batch>;
  /** What was remembered of earlier batches may be out of date. */
  forget(): void;
}

/** Some events that are taken in together with the move of the checkpoint behind them. */
export interface Batch {
  /** Takes an event in. Where this throws, the event counts as not taken in, and those before it as they were. */
  take(recorded: RecordedEvent): Promise<void> | undefined;
  /** What is to be written with the checkpoint; without effect unless that moves. */
  work(): Work;
  /** It was written. */
  written(): void;
}
