import { fold, emptyStream } from '../kernel/decider.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { handOut } from '../runtime/hand-out.js';
import { Decision } from '../store/decision.js';
import { StreamCell } from '../store/stream-cell.js';
import type { StreamRef } from '../store/stream-ref.js';
import type { Transaction } from '../store/transaction.js';
import { verdictOf, type Decided, type Verdict } from '../store/verdict.js';
import { StreamEvents, timeOf } from './recorded.js';

/** What a decision has come to, and the events that it appends. */
export interface DecidedOnStreams<T> {
  readonly verdict: Verdict<T>;
  readonly events: StreamEvents[];
}

/**
 * Runs a decision on past events, a second after the last of them.
 * @throws whatever the decision throws, other than a DomainError; and for its misuse of the transaction
 */
export function decideOn<T>(
  past: readonly RecordedEvent[],
  decide: (transaction: Transaction) => Decided<T>,
): DecidedOnStreams<T> {
  const get = ({ decider, stream }: StreamRef): StreamCell => {
    const own = past.filter((recorded) => recorded.stream === stream);
    return new StreamCell(decider, handOut(fold(decider, emptyStream(decider), own)));
  };
  const decision = new Decision({ get }, new Map(), timeOf((past.at(-1)?.position ?? 0) + 1));
  const verdict = verdictOf<T>(decide, decision);
  const events = decision.seen.all.map((seen) => new StreamEvents(seen.ref.stream, seen.events));
  return { verdict, events };
}
