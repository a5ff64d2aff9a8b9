import type pg from 'pg';
import type { DomainEvent } from '../kernel/event.js';
import type { EventRegistry } from '../kernel/event-registry.js';
import type { EventMetadata, RecordedEvent } from '../kernel/recorded-event.js';

/** A stream, and the version after which its events are wanted. */
export interface StreamTail {
  readonly stream: string;
  readonly after: number;
}

const COLUMNS = `l.position::float8, l.stream, l.version, l.id, l.type, l.schema_version, l.data, l.metadata,
  extract(epoch FROM l.occurred_at)::float8 * 1000`;

type Row = [
  position: number,
  stream: string,
  version: number,
  id: string,
  type: string,
  schemaVersion: number,
  data: Record<string, unknown>,
  metadata: EventMetadata,
  occurredAtMs: number,
];

/** Anything that runs a statement: a pool or a single connection. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/** Reads rows of the log and rebuilds their events. */
export class EventReader {
  constructor(private readonly registry: EventRegistry) {}

  /** Events of several streams; those of one stream lie together, by version. */
  async streams(database: Queryable, tails: readonly StreamTail[]): Promise<RecordedEvent[]> {
    return this.rows(database, {
      name: 'read_streams',
      text: `SELECT ${COLUMNS} FROM unnest($1::text[], $2::int[]) AS t(stream, after)
               JOIN event_log l ON l.stream = t.stream AND l.version > t.after ORDER BY l.stream, l.version`,
      values: [tails.map((tail) => tail.stream), tails.map((tail) => tail.after)],
    });
  }

  /** Events of one stream after a version, at most `limit`. */
  async stream(database: Queryable, stream: string, after: number, limit: number): Promise<RecordedEvent[]> {
    return this.rows(database, {
      name: 'read_stream',
      text: `SELECT ${COLUMNS} FROM event_log l WHERE l.stream = $1 AND l.version > $2 ORDER BY l.version LIMIT $3`,
      values: [stream, after, limit],
    });
  }

  /** Events after a position and up to another one (inclusive), at most `limit`. */
  async range(database: Queryable, after: number, upTo: number, limit: number): Promise<RecordedEvent[]> {
    return this.rows(database, {
      name: 'read_range',
      text: `SELECT ${COLUMNS} FROM event_log l WHERE l.position > $1 AND l.position <= $2 ORDER BY l.position LIMIT $3`,
      values: [after, upTo, limit],
    });
  }

  /** Events at these positions. */
  async positions(database: Queryable, positions: readonly number[]): Promise<RecordedEvent[]> {
    return this.rows(database, {
      name: 'read_positions',
      text: `SELECT ${COLUMNS} FROM event_log l WHERE l.position = ANY ($1::bigint[]) ORDER BY l.position`,
      values: [positions],
    });
  }

  /** As `range`, of one type only. All of the range is looked at. */
  async rangeOfType(
    database: Queryable,
    range: { readonly after: number; readonly upTo: number },
    type: string,
    limit: number,
  ): Promise<RecordedEvent[]> {
    return this.rows(database, {
      name: 'read_range_of_type',
      text: `SELECT ${COLUMNS} FROM event_log l WHERE l.position > $1 AND l.position <= $2 AND l.type = $3 ORDER BY l.position LIMIT $4`,
      values: [range.after, range.upTo, type, limit],
    });
  }

  /** The events that have these ids, by position. */
  async withIds(database: Queryable, ids: readonly string[]): Promise<RecordedEvent[]> {
    return this.rows(database, {
      name: 'read_ids',
      text: `SELECT ${COLUMNS} FROM event_log l WHERE l.id = ANY ($1::uuid[]) ORDER BY l.position`,
      values: [ids],
    });
  }

  private async rows(
    database: Queryable,
    query: { name: string; text: string; values: unknown[] },
  ): Promise<RecordedEvent[]> {
    const { rows } = await database.query<Row>({ ...query, rowMode: 'array' });
    return rows.map((row) => this.recorded(row));
  }

  private recorded(row: Row): RecordedEvent {
    const [position, stream, version, id, type, schemaVersion, data, metadata, occurredAtMs] = row;
    const event: DomainEvent = this.registry.rebuild(type, schemaVersion, data);
    // Whole milliseconds are stored; the conversion to a fraction of seconds and back may be off by less than half of one.
    return { position, stream, version, id, occurredAt: new Date(Math.round(occurredAtMs)), metadata, event };
  }
}
