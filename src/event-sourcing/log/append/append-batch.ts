import type { EventRegistry } from '../../kernel/event-registry.js';
import type { Append, StreamWrite } from './append.js';
import {
  BoolArray,
  Int4Array,
  int4Array,
  JsonbArray,
  TextArray,
  textArray,
  TimestampArray,
  UuidArray,
} from '../../postgres/binary-array.js';

/** An append in a batch, and the indexes of the appends before it in the same batch on which it builds. */
export interface BatchEntry {
  readonly append: Append;
  readonly buildsOn: readonly number[];
}

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

const ANY_TIME = new Date(Date.UTC(9999, 0, 1));

/** A stream that is locked and looked at before anything is stored. */
interface Check {
  readonly stream: string;
  readonly version: number;
  readonly time: Date;
  readonly writes: boolean;
}

/** The arrays that the function takes. Each append is written into them as it comes; there is nothing in between. */
class BatchArrays {
  private readonly firstEvent: UuidArray;
  private readonly base = { append: new Int4Array(), on: new Int4Array() };
  private readonly check;
  private readonly command = {
    append: new Int4Array(0),
    id: new UuidArray(0),
    fingerprint: new TextArray(0),
    outcome: new JsonbArray(0),
  };
  private readonly event;
  /** Streams to which an append before has added events. Who continues one builds on that append, and needs no look at the log. */
  private readonly continued = new Set<string>();
  private number = 0;

  constructor(
    private readonly registry: EventRegistry,
    expected: number,
  ) {
    this.firstEvent = new UuidArray(expected);
    this.check = {
      append: new Int4Array(expected * 2),
      stream: new TextArray(expected * 2),
      version: new Int4Array(expected * 2),
      time: new TimestampArray(expected * 2),
      writes: new BoolArray(expected * 2),
    };
    this.event = {
      append: new Int4Array(expected),
      stream: new TextArray(expected),
      version: new Int4Array(expected),
      id: new UuidArray(expected),
      type: new TextArray(expected),
      schemaVersion: new Int4Array(expected),
      data: new JsonbArray(expected),
      metadata: new JsonbArray(expected * 2),
      occurredAt: new TimestampArray(expected),
    };
  }

  add({ append, buildsOn }: BatchEntry): void {
    this.number += 1;
    this.firstEvent.push(firstEventId(append));
    for (const index of buildsOn) {
      this.base.append.push(this.number);
      this.base.on.push(index + 1);
    }
    for (const check of checksOf(append)) if (!this.continued.has(check.stream)) this.addCheck(check);
    for (const write of append.writes) this.addEvents(write);
    if (append.command) {
      const { id, fingerprint, outcome } = append.command;
      this.command.append.push(this.number);
      this.command.id.push(id);
      this.command.fingerprint.push(fingerprint);
      this.command.outcome.push(JSON.stringify(outcome ?? null));
    }
  }

  finish(): Buffer[] {
    const { firstEvent, base, check, command, event } = this;
    return [
      firstEvent,
      ...[base.append, base.on],
      ...[check.append, check.stream, check.version, check.time, check.writes],
      ...[command.append, command.id, command.fingerprint, command.outcome],
      ...[event.append, event.stream, event.version, event.id, event.type],
      ...[event.schemaVersion, event.data, event.metadata, event.occurredAt],
    ].map((array) => array.finish());
  }

  private addCheck({ stream, version, time, writes }: Check): void {
    this.check.append.push(this.number);
    this.check.stream.push(stream);
    this.check.version.push(version);
    this.check.time.push(time);
    this.check.writes.push(writes);
  }

  private addEvents({ stream, expectedVersion, occurredAt, events }: StreamWrite): void {
    // The events of one command share their metadata; it is written out once.
    let written: { of: unknown; json: string } | undefined;
    events.forEach(({ id, event, metadata }, index) => {
      const { type, schemaVersion } = this.registry.classOf(event);
      if (written?.of !== metadata) written = { of: metadata, json: JSON.stringify(metadata) };
      this.event.append.push(this.number);
      this.event.stream.push(stream);
      this.event.version.push(expectedVersion + index + 1);
      this.event.id.push(id);
      this.event.type.push(type);
      this.event.schemaVersion.push(schemaVersion);
      this.event.data.push(JSON.stringify(event));
      this.event.metadata.push(written.json);
      this.event.occurredAt.push(occurredAt);
    });
    if (events.length > 0) this.continued.add(stream);
  }
}

function checksOf({ writes, conditions }: Append): Check[] {
  const checks: Check[] = [];
  for (const { stream, expectedVersion, occurredAt } of writes)
    checks.push({ stream, version: expectedVersion, time: occurredAt, writes: true });
  for (const { stream, version } of conditions)
    checks.push({ stream, version, time: ANY_TIME, writes: false });
  // Whoever waits for locks asks for them in this order, so that nobody waits in a circle.
  return checks.length < 2 ? checks : checks.sort(byStream);
}

const byStream = (a: Check, b: Check): number => (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0);

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
  const arrays = new BatchArrays(registry, entries.length);
  for (const entry of entries) arrays.add(entry);
  return { ...BATCH, values: [wait, ...arrays.finish()] };
}

/** The shorter call for an append of one event, `undefined` for any other append. */
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
