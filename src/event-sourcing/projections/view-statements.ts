import { IS_OF } from '../subscriptions/checkpoint.sql.js';
import type { View } from './view.js';

/**
 * Both statements return rows of all views: the number of the view, another number, five cells of a checkpoint,
 * then the columns of all views, with NULL for those of other views. So one statement, in one snapshot, returns all
 * rows of its keys.
 */
export const FIRST_CELL = 7;
/**
 * The number of the view in the row of a checkpoint. Its other number is the position. A split projection has a row for
 * each partition.
 */
export const CHECKPOINT = -1;

/** SQL: identifies who writes a checkpoint `c`. */
export const WRITER = `concat_ws(' ', c.epoch, c.member, c.holder)`;

type Types = readonly (readonly string[])[];

/**
 * Rows of many keys: $1 and following are the values of each column of the key. The other number is the index of the
 * key, from 1.
 */
export function loadStatement(views: readonly View[], types: Types): string {
  return rowsOf(views, types, 1, (view, same) => `JOIN ${view.table} t ON ${same}`).join(UNION);
}

/**
 * Rows of many keys and the checkpoints of the projection $1: $2 are the keys as text, $3 and following are the values
 * of each column of the key.
 */
export function readStatement(views: readonly View[], types: Types): string {
  const nothing = types.flat().map((type) => `NULL::${type}`);
  const checkpoint = `
    SELECT ${CHECKPOINT} AS view, c.position AS number, ${WRITER}, m.release,
           ARRAY(SELECT p.key FROM parked_event p WHERE p.handler = c.name AND p.key = ANY ($2)),
           coalesce(c.partition, 0), c.taken, ${nothing.join(', ')}
      FROM checkpoint c LEFT JOIN lease_member m ON m.id = c.member WHERE ${IS_OF('$1')} AND c.partitions = 1`;
  // The plan is kept. OFFSET 0 keeps PostgreSQL from planning a join with the whole table: it looks up each key.
  const rows = rowsOf(
    views,
    types,
    3,
    (view, same) => `CROSS JOIN LATERAL (SELECT * FROM ${view.table} t WHERE ${same} OFFSET 0) t`,
  );
  return [checkpoint, ...rows].join(UNION);
}

const UNION = '\n UNION ALL\n';

/**
 * @param first number of the first parameter
 * @param join joins a view to the keys
 */
function rowsOf(
  views: readonly View[],
  types: Types,
  first: number,
  join: (view: View, same: string) => string,
): string[] {
  return views.map((view, index) => {
    const keys = view.key.map((_, place) => `k${place}`);
    const arrays = view.key.map((column, place) => {
      return `$${place + first}::text[]::${typeOf(view, column, types[index])}[]`;
    });
    const same = view.key.map(({ name }, place) => `t.${name} = wanted.k${place}`).join(' AND ');
    return `(${cellsOf(views, types, index)}
        FROM unnest(${arrays.join(', ')}) WITH ORDINALITY AS wanted(${keys.join(', ')}, nr)
        ${join(view, same)}${orderOf(view)})`;
  });
}

function cellsOf(views: readonly View[], types: Types, index: number): string {
  const cells = views.flatMap((view, place) =>
    view.columns.map(({ name }, nr) => (place === index ? `t.${name}` : `NULL::${types[place]?.[nr] ?? ''}`)),
  );
  return `SELECT ${index}, wanted.nr, NULL::text, NULL::text, NULL::text[], NULL::int, NULL::jsonb, ${cells.join(', ')}`;
}

function orderOf({ place, rest }: View): string {
  return place.isMany ? ` ORDER BY ${['wanted.nr', ...rest.map(({ name }) => `t.${name}`)].join(', ')}` : '';
}

function typeOf(view: View, column: View['columns'][number], types: readonly string[] | undefined): string {
  return types?.[view.columns.indexOf(column)] ?? 'text';
}
