import { createHash } from 'node:crypto';
import { textArray } from '../postgres/binary-array.js';
import { FIRST_WORK_PARAMETER, NO_WORK, type Work } from '../subscriptions/checkpoint-move.js';
import { addChanges, type ViewChanges } from './view-changes.js';
import type { View } from './view.js';
import type { KeyRows, ViewRows } from './view-rows.js';
import type { ViewColumn } from './view-column.js';

/** The rows of a key before and after some events. */
export interface RowsChange {
  readonly key: string;
  readonly before: KeyRows;
  readonly after: KeyRows;
}

interface Statement {
  readonly sql: string;
  readonly name: string | undefined;
}

/**
 * Writes the rows that changed, together with the checkpoint in one statement. The checkpoint moves only from where
 * its holder left it, so a process that was taken over can write no more.
 */
export class ViewWriter {
  private readonly statements = new Map<string, Statement>();

  constructor(
    private readonly rows: ViewRows,
    /** The column types of each view. */
    private readonly types: readonly (readonly string[])[],
  ) {}

  /**
   * The part of the statement that writes the rows.
   * @param changes one for each key
   */
  write(changes: Iterable<RowsChange>): Work {
    const { views } = this.rows;
    const all = views.map((): ViewChanges => ({ written: [], removed: [] }));
    for (const { before, after } of changes) {
      views.forEach((view, index) => {
        const own = all[index];
        if (own) addChanges(view, this.rows.of(view, before), this.rows.of(view, after), own);
      });
    }
    const values = all.flatMap(({ written, removed }, index) => {
      const view = views[index];
      if (!view) return [];
      return [
        ...(written.length > 0 ? texts(view.columns, written) : []),
        ...(removed.length > 0 ? texts([...view.key, ...view.rest], removed) : []),
      ];
    });
    return values.length === 0 ? NO_WORK : { ...this.statementFor(all), values };
  }

  /** Returns the same statement for the same set of tables. */
  private statementFor(all: readonly ViewChanges[]): Statement {
    const which = all.map(({ written, removed }) => `${written.length > 0}${removed.length > 0}`).join();
    const known = this.statements.get(which);
    if (known) return known;
    let parameter = FIRST_WORK_PARAMETER;
    let sql = '';
    all.forEach(({ written, removed }, index) => {
      const [view, types] = [this.rows.views[index], this.types[index] ?? []];
      if (!view) return;
      if (written.length > 0) {
        sql += `, written_${index} AS (${writeStatement(view, types, parameter)})`;
        parameter += view.columns.length;
      }
      if (removed.length > 0) sql += `, removed_${index} AS (${removeStatement(view, types, parameter)})`;
      if (removed.length > 0) parameter += view.key.length + view.rest.length;
    });
    // A statement that removes rows is not prepared: a plan made while the table was small would go on to scan all of
    // it.
    const isPrepared = all.every(({ removed }) => removed.length === 0);
    const digest = createHash('sha256').update(sql).digest('hex').slice(0, 16);
    const statement = { sql, name: isPrepared ? `view ${digest}` : undefined };
    this.statements.set(which, statement);
    return statement;
  }
}

/** Each column is a parameter with an array of texts, which is cast to the type of the column. */
function writeStatement(
  { table, columns, key, rest }: View,
  types: readonly string[],
  first: number,
): string {
  const names = columns.map(({ name }) => name);
  const arrays = columns.map((_, index) => `$${first + index}::text[]`);
  const values = columns.map(({ name }, index) => `row.${name}::${types[index] ?? 'text'}`);
  const primary = [...key, ...rest];
  const changed = columns.filter((column) => !primary.includes(column));
  const effect =
    changed.length > 0
      ? `UPDATE SET ${changed.map(({ name }) => `${name} = excluded.${name}`).join(', ')}`
      : 'NOTHING';
  return `
    INSERT INTO ${table} (${names.join(', ')})
    SELECT ${values.join(', ')} FROM unnest(${arrays.join(', ')}) AS row(${names.join(', ')})
     WHERE EXISTS (SELECT FROM moved)
    ON CONFLICT (${primary.map(({ name }) => name).join(', ')}) DO ${effect}`;
}

function removeStatement(
  { table, columns, key, rest }: View,
  types: readonly string[],
  first: number,
): string {
  const primary = [...key, ...rest];
  const arrays = primary.map((column, index) => {
    return `$${first + index}::text[]::${types[columns.indexOf(column)] ?? 'text'}[]`;
  });
  const gone = primary.map((_, index) => `c${index}`);
  const same = primary.map(({ name }, index) => `t.${name} = gone.c${index}`);
  return `
    DELETE FROM ${table} t USING unnest(${arrays.join(', ')}) AS gone(${gone.join(', ')})
     WHERE ${same.join(' AND ')} AND EXISTS (SELECT FROM moved)`;
}

function texts(columns: readonly ViewColumn[], rows: readonly object[]): Buffer[] {
  return columns.map((column) => textArray(rows.map((row) => column.toText(column.of(row)))));
}
