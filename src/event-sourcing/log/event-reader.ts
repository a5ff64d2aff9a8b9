import type pg from 'pg';
import type { Versioned } from '../kernel/decider.js';
import type { EventRegistry } from '../kernel/event-registry.js';
import type { EventMetadata, RecordedEvent } from '../kernel/recorded-event.js';
import type { AppendRepeated } from './append/append.js';

/** A stream, and the version after which its events are wanted. */
export interface StreamTail {
  /** Name of the stream. */
  readonly stream: string;
  /** A version, exclusive. */
  readonly after: number;
}

/** An event, as far as it tells one log from another. */
export interface LogEntry {
  /** Position of the event. */
  readonly position: number;
  /** Id of the event. */
  readonly id: string;
}

/** What a statement has returned. */
export interface QueryRows<Row> {
  /** The rows, in order. */
  readonly rows: Row[];
}

/** Runs a statement that only reads. */
export type RunQuery = <Row extends pg.QueryResultRow | unknown[]>(
  query: pg.QueryConfig & { readonly rowMode?: 'array' },
) => Promise<QueryRows<Row>>;

/** Events of a stream in one statement. A statement that returns a whole long stream could run into its time limit. */
const STREAM_PAGE = 10_000;

const STREAM_PAGES = `unnest($1::text[], $2::int[]) WITH ORDINALITY AS t(stream, after, place)
    CROSS JOIN LATERAL (
      SELECT * FROM event_log e WHERE e.stream = t.stream AND e.version > t.after ORDER BY e.version LIMIT $3) l
    ORDER BY t.place, l.version`;

const COLUMNS = `l.position::float8, l.stream, l.version, l.id, l.type, l.schema_version, l.data, l.metadata,
  extract(epoch FROM l.occurred_at)::float8 * 1000`;

/** The position at which a page ends: that of its last event, whatever its type. */
const END_OF_PAGE = `WITH page AS (
    SELECT max(position) AS last FROM (
      SELECT position FROM event_log WHERE position > $1 AND position <= $2 ORDER BY event_log.position LIMIT $3) p)`;

type EventColumns = [
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

/** Reads the log. The statements are the same on a pool and on a single connection. */
export class EventReader {
  /** @internal */
  constructor(
    /** The registered events. */
    readonly registry: EventRegistry,
    private readonly run: RunQuery,
  ) {}

  /** Events of one stream, by version. `after` is a version, exclusive; without `limit` all of them. */
  async readStream(
    stream: string,
    { after = 0, limit }: { after?: number; limit?: number } = {},
  ): Promise<RecordedEvent[]> {
    if (limit === undefined) return this.readStreams([{ stream, after }]);
    return this.events(
      'read_stream',
      'event_log l WHERE l.stream = $1 AND l.version > $2 ORDER BY l.version LIMIT $3',
      [stream, after, limit],
    );
  }

  /**
   * Events of several streams, in the order of `tails`, those of one stream by version. It takes one round trip, or
   * several if a stream is long.
   */
  async readStreams(tails: readonly StreamTail[]): Promise<RecordedEvent[]> {
    const found = new Map<string, RecordedEvent[]>(tails.map(({ stream }) => [stream, []]));
    for (let open = tails; open.length > 0;) {
      const page = await this.events('read_streams', STREAM_PAGES, [
        open.map((tail) => tail.stream),
        open.map((tail) => tail.after),
        STREAM_PAGE,
      ]);
      for (const recorded of page) found.get(recorded.stream)?.push(recorded);
      open = open.flatMap(({ stream, after }) => {
        const last = found.get(stream)?.at(-1)?.version ?? after;
        return last - after === STREAM_PAGE ? [{ stream, after: last }] : [];
      });
    }
    return [...found.values()].flat();
  }

  /**
   * Events by position. Take `upTo` from `SettledLog.mark`: beyond it, more events may appear in a range.
   * @param after position, exclusive
   * @param upTo position, inclusive
   * @param limit how many events at most
   */
  async readRange(after: number, upTo: number, limit: number): Promise<RecordedEvent[]> {
    return this.events(
      'read_range',
      'event_log l WHERE l.position > $1 AND l.position <= $2 ORDER BY l.position LIMIT $3',
      [after, upTo, limit],
    );
  }

  /**
   * As `readRange`, for a reader of some types: events of other types are left out, and neither sent nor parsed. The
   * last event of the page is always there, as it shows how far the page goes. Events of unknown types are there too.
   * The read throws at them, because a newer release may have stored them for this reader.
   * @param limit how many events the page covers at most, with those that are left out
   */
  async readRangeFor(
    types: ReadonlySet<string>,
    { after, upTo }: { readonly after: number; readonly upTo: number },
    limit: number,
  ): Promise<RecordedEvent[]> {
    return this.events(
      'read_range_for',
      `event_log l WHERE l.position > $1 AND l.position <= (SELECT last FROM page)
          AND (l.type || '/' || l.schema_version <> ALL ($4::text[]) OR l.position = (SELECT last FROM page))
        ORDER BY l.position`,
      [after, upTo, limit, this.registry.storedNamesExcept(types)],
      END_OF_PAGE,
    );
  }

  /** As `readRange`, of one type only. PostgreSQL scans the whole range, so keep it short. */
  async readRangeOfType(
    { after, upTo }: { readonly after: number; readonly upTo: number },
    type: string,
    limit: number,
  ): Promise<RecordedEvent[]> {
    return this.events(
      'read_range_of_type',
      'event_log l WHERE l.position > $1 AND l.position <= $2 AND l.type = $3 ORDER BY l.position LIMIT $4',
      [after, upTo, type, limit],
    );
  }

  /** The events at these positions, in order. Positions without an event are left out. */
  async readPositions(positions: readonly number[]): Promise<RecordedEvent[]> {
    return this.events(
      'read_positions',
      'event_log l WHERE l.position = ANY ($1::bigint[]) ORDER BY l.position',
      [positions],
    );
  }

  /** The events with these ids, by position. Ids that are not stored are left out. */
  async readIds(ids: readonly string[]): Promise<RecordedEvent[]> {
    return this.events('read_ids', 'event_log l WHERE l.id = ANY ($1::uuid[]) ORDER BY l.position', [ids]);
  }

  /** The last committed event up to a position (inclusive), or of the whole log. `undefined` where there is none. */
  async lastEntry(upTo = Number.MAX_SAFE_INTEGER): Promise<LogEntry | undefined> {
    const { rows } = await this.query<LogEntry>(
      `SELECT position::float8, id FROM event_log WHERE position <= $1 ORDER BY event_log.position DESC LIMIT 1`,
      [upTo],
    );
    return rows[0];
  }

  /** The ids of the events at these positions. Positions without an event are left out. */
  async idsAt(positions: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const { rows } = await this.query<LogEntry>(
      'SELECT position::float8, id FROM event_log WHERE position = ANY ($1::bigint[])',
      [positions],
    );
    return new Map(rows.map(({ position, id }) => [position, id]));
  }

  /** The position of the event that comes `count` events after a position, at most `upTo`. */
  async positionAhead(after: number, upTo: number, count: number): Promise<number> {
    // Counted in events: between positions there may be large holes.
    const { rows } = await this.query<{ position: number }>(
      `SELECT position::float8 FROM event_log WHERE position > $1 AND position <= $2
        ORDER BY event_log.position OFFSET $3 LIMIT 1`,
      [after, upTo, count - 1],
    );
    return rows[0]?.position ?? upTo;
  }

  /** The version of a stream, which is the number of its events, and the time of its last event. */
  async endOfStream(stream: string): Promise<Pick<Versioned<unknown>, 'version' | 'occurredAt'>> {
    const { rows } = await this.query<{ version: number; occurredAt: Date }>(
      `SELECT version, occurred_at AS "occurredAt" FROM event_log WHERE stream = $1 ORDER BY version DESC LIMIT 1`,
      [stream],
    );
    return rows[0] ?? { version: 0, occurredAt: undefined };
  }

  /** How many events a stream has; 0 where there is none. */
  async streamVersion(stream: string): Promise<number> {
    return (await this.endOfStream(stream)).version;
  }

  /**
   * The version that a stream had at a position. Positions grow with versions, so a binary search in the index finds
   * it.
   */
  async versionAt(stream: string, position: number): Promise<number> {
    const { rows } = await this.query<{ version: number }>(
      `WITH RECURSIVE search (low, high) AS (
         SELECT 0, coalesce((SELECT version FROM event_log WHERE stream = $1 ORDER BY version DESC LIMIT 1), 0)
         UNION ALL
         SELECT CASE WHEN l.position <= $2 THEN l.version ELSE s.low END,
                CASE WHEN l.position <= $2 THEN s.high ELSE l.version - 1 END
           FROM search s JOIN event_log l ON l.stream = $1 AND l.version = (s.low + s.high + 1) / 2
          WHERE s.low < s.high)
       SELECT low AS version FROM search WHERE low = high`,
      [stream, position],
    );
    return rows[0]?.version ?? 0;
  }

  /** What came of a remembered command, as a repeat of its append is answered; `undefined` for an unknown id. */
  async outcomeOf(commandId: string): Promise<AppendRepeated | undefined> {
    const { rows } = await this.query<{ fingerprint: string; outcome: unknown }>(
      'SELECT fingerprint, outcome FROM command_outcome WHERE command_id = $1',
      [commandId],
    );
    const [row] = rows;
    return row && { status: 'repeated', ...row };
  }

  /** Runs a statement that only reads. */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<QueryRows<Row>> {
    return this.run<Row>({ text, values });
  }

  private async events(name: string, from: string, values: unknown[], using = ''): Promise<RecordedEvent[]> {
    const query = {
      name,
      text: `${using} SELECT ${COLUMNS} FROM ${from}`,
      values,
      rowMode: 'array',
    } as const;
    const { rows } = await this.run<EventColumns>(query);
    return rows.map((row) => this.recorded(row));
  }

  private recorded(row: EventColumns): RecordedEvent {
    const [position, stream, version, id, type, schemaVersion, data, metadata, occurredAtMs] = row;
    const event = this.registry.rebuild(type, schemaVersion, data);
    // Whole milliseconds are stored. The conversion to seconds and back is off by less than half of one.
    return { position, stream, version, id, occurredAt: new Date(Math.round(occurredAtMs)), metadata, event };
  }
}
