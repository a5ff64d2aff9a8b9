import { Client } from 'pg';

/** An event as it stands in the log. */
export interface StoredEvent {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly id: string;
  readonly type: string;
  /** The id of the request that led to it, or of the one that led to what led to it. */
  readonly correlationId: string;
  /** Milliseconds since 1970. */
  readonly occurredAt: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A call of the witness's handler. */
export interface JournalRow {
  readonly seq: number;
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly pid: number;
}

const PAGE = 5_000;
const ORDERED_BY_STREAM = `
  SELECT position::float8, stream, version, id, type, metadata ->> 'correlationId' AS "correlationId",
         extract(epoch FROM occurred_at)::float8 * 1000 AS "occurredAt", data
    FROM event_log WHERE (stream, version) > ($1, $2) ORDER BY stream, version LIMIT ${PAGE}`;
const ORDERED_BY_CALL = `
  SELECT seq::float8, position::float8, stream, version, pid FROM chaos_journal
   WHERE (stream, seq) > ($1 COLLATE "C", $2) ORDER BY stream COLLATE "C", seq LIMIT ${PAGE}`;

/** The whole log, stream by stream, each by version. A log that was written to for long does not fit into memory at once. */
export function streamsOf(commandUrl: string): AsyncGenerator<StoredEvent[]> {
  return groups(commandUrl, ORDERED_BY_STREAM, ({ version }: StoredEvent) => version);
}

/** All calls of the journal's handler, stream by stream, each in the order in which they came. */
export function callsOf(journalUrl: string): AsyncGenerator<JournalRow[]> {
  return groups(journalUrl, ORDERED_BY_CALL, ({ seq }: JournalRow) => seq);
}

async function* groups<Row extends { readonly stream: string }>(
  url: string,
  page: string,
  place: (row: Row) => number,
): AsyncGenerator<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    let group: Row[] = [];
    for (let [stream, last] = ['', 0]; ;) {
      const { rows } = await client.query<Row>(page, [stream, last]);
      for (const row of rows) {
        if (group[0] && group[0].stream !== row.stream) {
          yield group;
          group = [];
        }
        group.push(row);
      }
      const end = rows.at(-1);
      if (!end) break;
      [stream, last] = [end.stream, place(end)];
    }
    if (group.length > 0) yield group;
  } finally {
    await client.end();
  }
}
