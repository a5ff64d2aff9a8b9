import type { EventRegistry } from '../../kernel/event-registry.js';
import {
  BoolArray,
  Int4Array,
  JsonbArray,
  TextArray,
  TimestampArray,
  UuidArray,
} from '../../postgres/binary-array.js';
import type { Append, StreamWrite } from './append.js';

/** The time of a stream that is only read: it is not compared. */
const ANY_TIME = new Date(Date.UTC(9999, 0, 1));

/** An append in a batch, and the indexes of the earlier appends of the batch on which it builds. */
export interface BatchEntry {
  readonly append: Append;
  readonly buildsOn: readonly number[];
}

/** A stream that is locked and compared with the log before anything is stored. */
interface Check {
  readonly stream: string;
  readonly version: number;
  readonly time: Date;
  readonly writes: boolean;
}

/** The arguments of the SQL function `append_batch`. Each append is written straight into the arrays. */
export class BatchArrays {
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
  /**
   * Streams to which an earlier append of the batch adds events. An append that continues one needs no check against
   * the log.
   */
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
    // The events of one command share their metadata, which is converted to JSON once.
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
  // Appends that wait for locks request them in this order, so that no deadlock can arise.
  return checks.length < 2 ? checks : checks.sort(byStream);
}

const byStream = (a: Check, b: Check): number => (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0);

/** Identifies an append that is sent again. Its first write may be without events. */
function firstEventId({ writes }: Append): string | null {
  return writes.find(({ events }) => events.length > 0)?.events[0]?.id ?? null;
}
