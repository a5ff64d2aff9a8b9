import { streamName, type Decider } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import type { AnyDecider } from './stream-cell.js';

/** A stream, and the decider that folds it. */
export interface StreamRef {
  readonly decider: AnyDecider;
  readonly stream: string;
}

/**
 * Names a stream of a decider.
 * @throws Error for a category with a hyphen
 */
export function streamRef<State, Event extends DomainEvent>(
  decider: Decider<State, Event>,
  id: string,
): StreamRef {
  return { decider, stream: streamName(decider, id) };
}
