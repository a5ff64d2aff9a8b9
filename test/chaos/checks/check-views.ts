import { withClient } from '../../lifecycle/embedded-database.js';
import type { Violation } from '../violation.js';

/** The tables of views, and the keys of their rows. */
const VIEWS = {
  carts: 'cart_id',
  cart_items: "cart_id || ' ' || added_version",
  catalog_products: 'sku',
};

/** Every row of a view as text, by its key. */
export async function readView(queryUrl: string, table: keyof typeof VIEWS): Promise<Map<string, string>> {
  return withClient(queryUrl, async (client) => {
    const { rows } = await client.query<{ key: string; row: string }>(
      `SELECT (${VIEWS[table]})::text AS key, v::text AS row FROM ${table} v`,
    );
    return new Map(rows.map(({ key, row }) => [key, row]));
  });
}

/** The views are, byte for byte, what a replay of the log has made in another database. */
export async function checkViews(queryUrl: string, replayedUrl: string): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const table of Object.keys(VIEWS) as (keyof typeof VIEWS)[]) {
    const [view, replayed] = [await readView(queryUrl, table), await readView(replayedUrl, table)];
    violations.push(...compareRows(table, view, replayed));
  }
  return violations;
}

export function compareRows(
  table: string,
  view: ReadonlyMap<string, string>,
  replayed: ReadonlyMap<string, string>,
): Violation[] {
  const keys = new Set([...view.keys(), ...replayed.keys()]);
  return [...keys].flatMap((key) => {
    const [row, fromZero] = [view.get(key), replayed.get(key)];
    if (row === fromZero) return [];
    return [{ rule: 'views equal a replay', evidence: { table, key, row, fromZero } }];
  });
}
