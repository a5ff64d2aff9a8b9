import type { EventRegistry } from '../kernel/event-registry.js';
import type { Append, StreamWrite } from './append.js';
import { boolArray, int4Array, jsonbArray, textArray, timestampArray, uuidArray } from './binary-array.js';

/** An append in a batch, and the index of the append in the same batch on which it builds. */
export interface BatchEntry {
  readonly append: Append;
  readonly buildsOn: number | undefined;
}

/** A prepared statement with its values, as the driver takes it. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

const ANY_TIME = new Date(Date.UTC(9999, 0, 1));

interface Check {
  readonly append: number;
  readonly stream: string;
  readonly version: number;
  readonly time: Date;
  readonly writes: boolean;
}

const byStream = (a: Check, b: Check): number => (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0);

function checksOf(entries: readonly BatchEntry[]): Check[] {
  const checks: Check[] = [];
  entries.forEach(({ append, buildsOn }, index) => {
    if (buildsOn === undefined) {
      for (const write of append.writes) {
        checks.push({
          append: index + 1,
          stream: write.stream,
          version: write.expectedVersion,
          time: write.occurredAt,
          writes: true,
        });
      }
    }
    for (const condition of append.conditions) {
      checks.push({
        append: index + 1,
        stream: condition.stream,
        version: condition.version,
        time: ANY_TIME,
        writes: false,
      });
    }
  });
  // All who wait for locks ask for them in this order, so that nobody waits in a circle.
  return checks.sort(byStream);
}

/** The number of the append that begins each append's chain, both counted from 1. */
function chainsOf(entries: readonly BatchEntry[]): number[] {
  const chains: number[] = [];
  entries.forEach(({ buildsOn }, index) => {
    chains.push((buildsOn === undefined ? undefined : chains[buildsOn]) ?? index + 1);
  });
  return chains;
}

interface EventRows {
  readonly append: number[];
  readonly stream: string[];
  readonly version: number[];
  readonly id: string[];
  readonly type: string[];
  readonly schemaVersion: number[];
  readonly data: string[];
  readonly metadata: string[];
  readonly occurredAt: Date[];
}

function addRows(rows: EventRows, registry: EventRegistry, append: number, write: StreamWrite): void {
  // The events of one command share their metadata; it is written out once.
  let written: { of: unknown; json: string } | undefined;
  write.events.forEach(({ id, event, metadata }, index) => {
    const { type, schemaVersion } = registry.classOf(event);
    if (written?.of !== metadata) written = { of: metadata, json: JSON.stringify(metadata) };
    rows.append.push(append);
    rows.stream.push(write.stream);
    rows.version.push(write.expectedVersion + index + 1);
    rows.id.push(id);
    rows.type.push(type);
    rows.schemaVersion.push(schemaVersion);
    rows.data.push(JSON.stringify(event));
    rows.metadata.push(written.json);
    rows.occurredAt.push(write.occurredAt);
  });
}

/** By it an append is known again that is sent a second time. The first stream may have been loaded only. */
function firstEventId({ writes }: Append): string | null {
  return writes.find(({ events }) => events.length > 0)?.events[0]?.id ?? null;
}

/** The call that stores a batch of appends. With `wait` it queues for locks; only a lone append may. */
export function batchStatement(
  entries: readonly BatchEntry[],
  registry: EventRegistry,
  wait: boolean,
): Statement {
  const checks = checksOf(entries);
  const rows: EventRows = {
    append: [],
    stream: [],
    version: [],
    id: [],
    type: [],
    schemaVersion: [],
    data: [],
    metadata: [],
    occurredAt: [],
  };
  entries.forEach(({ append }, index) => {
    for (const write of append.writes) addRows(rows, registry, index + 1, write);
  });
  const commands = entries.flatMap(({ append: { command } }, index) =>
    command ? [{ ...command, append: index + 1 }] : [],
  );
  return {
    name: 'append_events',
    text: `SELECT append, status, fingerprint, outcome FROM append_events(
      $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
    values: [
      wait,
      int4Array(chainsOf(entries)),
      uuidArray(entries.map(({ append }) => firstEventId(append))),
      int4Array(checks.map((check) => check.append)),
      textArray(checks.map((check) => check.stream)),
      int4Array(checks.map((check) => check.version)),
      timestampArray(checks.map((check) => check.time)),
      boolArray(checks.map((check) => check.writes)),
      int4Array(commands.map((command) => command.append)),
      uuidArray(commands.map((command) => command.id)),
      textArray(commands.map((command) => command.fingerprint)),
      jsonbArray(commands.map((command) => JSON.stringify(command.outcome ?? null))),
      int4Array(rows.append),
      textArray(rows.stream),
      int4Array(rows.version),
      uuidArray(rows.id),
      textArray(rows.type),
      int4Array(rows.schemaVersion),
      jsonbArray(rows.data),
      jsonbArray(rows.metadata),
      timestampArray(rows.occurredAt),
    ],
  };
}

/** The shorter call for an append of one event, `undefined` for any other append. */
export function singleStatement(append: Append, registry: EventRegistry): Statement | undefined {
  const [write, ...otherWrites] = append.writes;
  const [first, ...otherEvents] = write?.events ?? [];
  if (!write || !first || otherWrites.length > 0 || otherEvents.length > 0 || append.command)
    return undefined;
  const { type, schemaVersion } = registry.classOf(first.event);
  return {
    name: 'append_event',
    text: 'SELECT append_event($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS status',
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
