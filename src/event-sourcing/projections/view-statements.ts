import { IS_OF } from '../subscriptions/checkpoint.sql.js';
import type { View } from './view.js';

/**
 * Both statements return rows of all views: the number of the view, another number, five cells of a checkpoint,
 * then the columns of all views, with NULL for those of other views. So one statement, in one snapshot, returns all
 * rows of a key.
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
  return views
    .map((view, index) => {
      const keys = view.key.map((_, place) => `k${place}`);
      const arrays = view.key.map((column, place) => {
        return `$${place + 1}::text[]::${typeOf(view, column, types[index])}[]`;
      });
      const same = view.key.map(({ name }, place) => `t.${name} = wanted.k${place}`);
      return `(${cellsOf(views, types, index, 'wanted.nr')}
        FROM unnest(${arrays.join(', ')}) WITH ORDINALITY AS wanted(${keys.join(', ')}, nr)
        JOIN ${view.table} t ON ${same.join(' AND ')}${orderOf(view, ['wanted.nr'])})`;
    })
    .join('\n UNION ALL\n');
}

/** Rows of one key and the checkpoints of the projection $1: $2 is the key as text, $3 and following are the values of its columns. */
export function readStatement(views: readonly View[], types: Types): string {
  const nothing = types.flat().map((type) => `NULL::${type}`);
  const checkpoint = `
    SELECT ${CHECKPOINT} AS view, c.position AS number, ${WRITER}, m.release,
           EXISTS (SELECT FROM parked_event p WHERE p.handler = c.name AND p.key = $2),
           coalesce(c.partition, 0), c.taken, ${nothing.join(', ')}
      FROM checkpoint c LEFT JOIN lease_member m ON m.id = c.member WHERE ${IS_OF('$1')} AND c.partitions = 1`;
  const rows = views.map((view, index) => {
    const same = view.key.map((column, place) => {
      return `t.${column.name} = $${place + 3}::text::${typeOf(view, column, types[index])}`;
    });
    const cells = cellsOf(views, types, index, '0::bigint');
    return `(${cells} FROM ${view.table} t WHERE ${same.join(' AND ')}${orderOf(view, [])})`;
  });
  return [checkpoint, ...rows].join('\n UNION ALL\n');
}

function cellsOf(views: readonly View[], types: Types, index: number, number: string): string {
  const cells = views.flatMap((view, place) =>
    view.columns.map(({ name }, nr) => (place === index ? `t.${name}` : `NULL::${types[place]?.[nr] ?? ''}`)),
  );
  return `SELECT ${index}, ${number}, NULL::text, NULL::text, NULL::boolean, NULL::int, NULL::jsonb, ${cells.join(', ')}`;
}

function orderOf({ place, rest }: View, before: readonly string[]): string {
  return place.isMany ? ` ORDER BY ${[...before, ...rest.map(({ name }) => `t.${name}`)].join(', ')}` : '';
}

function typeOf(view: View, column: View['columns'][number], types: readonly string[] | undefined): string {
  return types?.[view.columns.indexOf(column)] ?? 'text';
}
