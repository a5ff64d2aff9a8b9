import { Client } from 'pg';
import { withClient } from '../lifecycle/embedded-database.js';

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
export function callsOf(commandUrl: string): AsyncGenerator<JournalRow[]> {
  return groups(commandUrl, ORDERED_BY_CALL, ({ seq }: JournalRow) => seq);
}

/** What has come to an end, or has not: rows that are there as long as something is under way. */
export interface Rest {
  /** Stored commands, due or waiting for their time. */
  readonly commands: number;
  /** Events that a handler has failed at, and those behind them. */
  readonly parked: number;
  /** Carts that are neither abandoned nor discarded. */
  readonly active: number;
  /** Subscriptions that are not at the end of the log, with their positions. */
  readonly behind: readonly string[];
}

export async function readRest(commandUrl: string, queryUrl: string): Promise<Rest> {
  const [log] = await rows<{ head: number; commands: number; active: number }>(
    commandUrl,
    `SELECT (SELECT coalesce(max(position), 0)::float8 FROM event_log) AS head,
            (SELECT count(*)::int FROM durable_command) AS commands,
            (SELECT count(*)::int FROM (SELECT DISTINCT ON (stream) type FROM event_log WHERE stream LIKE 'cart-%'
               ORDER BY stream, version DESC) last WHERE type NOT IN ('cart.abandoned', 'cart.discarded')) AS active`,
  );
  if (!log) throw new Error('A SELECT without FROM gives a row.');
  const { head, commands, active } = log;
  const behind: string[] = [];
  let parked = 0;
  for (const url of [commandUrl, queryUrl]) {
    const late = await rows<{ name: string; position: string }>(
      url,
      'SELECT name, position FROM checkpoint WHERE position < $1 ORDER BY name',
      [head],
    );
    behind.push(...late.map(({ name, position }) => `${name} ${position}`));
    parked += (await rows<object>(url, 'SELECT FROM parked_event')).length;
  }
  return { commands, parked, active, behind };
}

async function rows<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  return withClient(url, async (client) => (await client.query<Row>(text, values)).rows);
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
