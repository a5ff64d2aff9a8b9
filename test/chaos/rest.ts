import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../lifecycle/embedded-database.js';

/** Nothing may stand still for so long once nothing goes wrong any more: the last pause of what has failed is 51 s. */
const STANDSTILL_MS = 75_000;
const POLL_MS = 200;

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

async function readRest(commandUrl: string, queryUrl: string): Promise<Rest> {
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
      'SELECT name, position FROM checkpoint WHERE position < $1 AND partitions = 1 ORDER BY name',
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

export function isNothing({ commands, parked, active, behind }: Rest): boolean {
  return commands + parked + active + behind.length === 0;
}

/** Waits until nothing is left to be done, as long as something changes. */
export async function restOf(commandUrl: string, queryUrl: string): Promise<Rest> {
  let rest = await readRest(commandUrl, queryUrl);
  for (let changedAt = performance.now(); ;) {
    if (isNothing(rest) || performance.now() - changedAt > STANDSTILL_MS) return rest;
    await sleep(POLL_MS);
    const now = await readRest(commandUrl, queryUrl);
    if (JSON.stringify(now) !== JSON.stringify(rest)) changedAt = performance.now();
    rest = now;
  }
}
