import type { EventRegistry } from '../../kernel/event-registry.js';
import { int4Array, textArray } from '../../postgres/binary-array.js';
import type { Append } from './append.js';
import { BatchArrays, type BatchEntry } from './batch-arrays.js';

/** A prepared statement with its values, as the driver takes it. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

const BATCH = {
  name: 'append_batch',
  text: `SELECT append, status, fingerprint, outcome, positions FROM append_batch(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
} as const;

const SINGLE = {
  name: 'append_single',
  text: 'SELECT status, log_position::float8 AS position FROM append_single($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
} as const;

/**
 * The call that stores a batch of appends. With `wait` it queues for locks, which is allowed for a single append
 * only.
 */
export function batchStatement(
  entries: readonly BatchEntry[],
  registry: EventRegistry,
  wait: boolean,
): Statement {
  const arrays = new BatchArrays(registry, entries.length);
  for (const entry of entries) arrays.add(entry);
  return { ...BATCH, values: [wait, ...arrays.finish()] };
}

/** The shorter call for an append of one event without a remembered command; `undefined` for any other append. */
export function singleStatement(append: Append, registry: EventRegistry): Statement | undefined {
  const [write, ...otherWrites] = append.writes;
  const [first, ...otherEvents] = write?.events ?? [];
  if (!write || !first || otherWrites.length > 0 || otherEvents.length > 0 || append.command)
    return undefined;
  const { type, schemaVersion } = registry.classOf(first.event);
  return {
    ...SINGLE,
    values: [
      write.stream,
      write.expectedVersion + 1,
      first.id,
      type,
      schemaVersion,
      JSON.stringify(first.event),
      JSON.stringify(first.metadata),
      write.occurredAt.toISOString(),
      textArray(append.conditions.map((condition) => condition.stream)),
      int4Array(append.conditions.map((condition) => condition.version)),
    ],
  };
}
