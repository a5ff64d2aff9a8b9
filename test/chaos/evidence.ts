import { withClient } from '../lifecycle/embedded-database.js';

/** An event as it stands in the log. */
export interface StoredEvent {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly id: string;
  readonly correlationId: string;
}

/** The whole log, by stream and version. */
export async function readLog(commandUrl: string): Promise<StoredEvent[]> {
  return withClient(commandUrl, async (client) => {
    const { rows } = await client.query<StoredEvent>(
      `SELECT position::float8, stream, version, id, metadata ->> 'correlationId' AS "correlationId"
         FROM event_log ORDER BY stream, version`,
    );
    return rows;
  });
}

/** Every row of every view as text, in a fixed order. */
export async function readViews(queryUrl: string): Promise<Map<string, string[]>> {
  return withClient(queryUrl, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
          AND relname NOT IN ('migrations', 'checkpoint', 'lease_member') ORDER BY 1`,
    );
    const views = new Map<string, string[]>();
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(
        `SELECT v::text AS row FROM ${client.escapeIdentifier(name)} v ORDER BY v::text COLLATE "C"`,
      );
      views.set(
        name,
        rows.map(({ row }) => row),
      );
    }
    return views;
  });
}

/** How many events each view has taken in; a row's version is the number of events of its stream. */
export async function eventsInViews(queryUrl: string): Promise<Record<string, number>> {
  return withClient(queryUrl, async (client) => {
    const { rows } = await client.query<Record<string, number>>(
      `SELECT (SELECT coalesce(sum(version), 0)::float8 FROM cart_details) AS cart_details,
              (SELECT coalesce(sum(version), 0)::float8 FROM cart_summaries) AS cart_summaries,
              (SELECT coalesce(sum(version), 0)::float8 FROM catalog_products) AS catalog_products`,
    );
    return rows[0] ?? {};
  });
}
