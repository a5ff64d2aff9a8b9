import { isDeepStrictEqual } from 'node:util';
import type { ReadRecord } from '../../support/kafka-topic.js';
import type { LogEvent } from './stage.js';

/** What became of the events of the log in Kafka. */
export interface Findings {
  readonly events: number;
  readonly records: number;
  /** Events without a record. */
  readonly lost: number;
  /** Records beyond the first of their event. */
  readonly repeats: number;
  /** Sentences; none unless something is broken. */
  readonly violations: readonly string[];
}

/**
 * Compares the records with the log. A consumer that drops what is not newer than the last `ce_sequence` of its key has
 * to see each version once, in order.
 */
export function check(events: readonly LogEvent[], records: readonly ReadRecord[]): Findings {
  const byId = new Map(events.map((event) => [event.id, event]));
  const seen = new Set<string>();
  const last = new Map<string, number>();
  const violations: string[] = [];
  for (const { key, value, headers } of records) {
    const [id = '', sequence] = [headers['ce_id'], Number(headers['ce_sequence'])];
    const event = byId.get(id);
    if (event?.stream !== key || event.version !== sequence)
      violations.push(`The record ${id} of ${key} at ${sequence} is not what the log has.`);
    else if (!isDeepStrictEqual(JSON.parse(value), event.data))
      violations.push(`The record ${id} has other data than the log.`);
    seen.add(id);
    const before = last.get(key) ?? 0;
    if (sequence > before + 1) violations.push(`${key} jumps from ${before} to ${sequence}.`);
    last.set(key, Math.max(before, sequence));
  }
  const lost = events.filter(({ id }) => !seen.has(id)).length;
  if (lost > 0) violations.push(`${lost} events are lost.`);
  return {
    events: events.length,
    records: records.length,
    lost,
    repeats: records.length - seen.size,
    violations,
  };
}
