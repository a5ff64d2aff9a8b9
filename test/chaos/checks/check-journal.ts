import type { JournalRow } from '../history.js';
import type { Violation } from '../violation.js';

/** How many events each stream has. */
export type Lengths = ReadonlyMap<string, number>;

/**
 * A handler is called at least once for each event. Calls for one stream come in order: each is the next one, or a repeat of some
 * that have been before.
 */
export function checkCalls(calls: readonly JournalRow[], lengths: Lengths): Violation[] {
  const violations: Violation[] = [];
  const stream = calls[0]?.stream ?? '';
  let reached = 0;
  for (const [index, call] of calls.entries()) {
    if (call.version > reached + 1) {
      const evidence = { stream, reached, call, before: calls[index - 1] };
      violations.push({ rule: 'every handler is told of every event, in order', evidence });
    }
    reached = Math.max(reached, call.version);
  }
  const length = lengths.get(stream) ?? 0;
  if (reached !== length) {
    const evidence = { stream, length, reached, last: calls.at(-1) };
    violations.push({ rule: 'every handler is told of every event', evidence });
  }
  return violations;
}
