import { callsOf, streamsOf } from '../history.js';
import type { Ledger } from '../ledger.js';
import type { Violation } from '../violation.js';
import { checkCalls } from './check-journal.js';
import { RequestCheck } from './check-requests.js';
import { checkAbandonment, EchoCheck } from './check-sagas.js';
import { checkStream } from './check-stream.js';

/** What was looked at. */
export interface HistoryFigures {
  readonly streams: number;
  readonly events: number;
  readonly calls: number;
  readonly abandonments: number;
  readonly echoes: number;
}

/**
 * Reads all that has happened, and holds it against what clients were told and what handlers noted.
 * @param idleMs how long a cart is idle before it is abandoned
 */
export async function checkHistory(
  commandUrl: string,
  journalUrl: string,
  ledger: Ledger,
  idleMs: number,
): Promise<{ readonly violations: Violation[]; readonly figures: HistoryFigures }> {
  const violations: Violation[] = [];
  const [requests, echoes] = [new RequestCheck(ledger), new EchoCheck()];
  const lengths = new Map<string, number>();
  let [events, abandonments, heard] = [0, 0, 0];
  for await (const stream of streamsOf(commandUrl)) {
    const name = stream[0]?.stream ?? '';
    lengths.set(name, stream.length);
    events += stream.length;
    abandonments += stream.filter(({ type }) => type === 'cart.abandoned').length;
    if (name.startsWith('echo-')) heard += stream.length;
    violations.push(...checkStream(stream));
    if (name.startsWith('cart-')) violations.push(...checkAbandonment(stream, idleMs));
    requests.take(stream);
    echoes.take(stream);
  }
  violations.push(...requests.end(), ...echoes.end());
  let calls = 0;
  const unheard = new Set(lengths.keys());
  for await (const ofStream of callsOf(journalUrl)) {
    calls += ofStream.length;
    unheard.delete(ofStream[0]?.stream ?? '');
    violations.push(...checkCalls(ofStream, lengths));
  }
  for (const stream of unheard) {
    violations.push({ rule: 'every handler is told of every event', evidence: { stream, reached: 0 } });
  }
  return { violations, figures: { streams: lengths.size, events, calls, abandonments, echoes: heard } };
}
