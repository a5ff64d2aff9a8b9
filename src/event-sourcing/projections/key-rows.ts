import { sizeOf } from '../runtime/size-of.js';
import type { View } from './view.js';

/** Most rows are smaller, in characters. */
const ROW_SIZE = 500;

/**
 * All rows of a key, as `evolve` gets and returns them: `undefined`, a row, or an object with a property for each
 * view.
 */
export type KeyRows = object | undefined;

/** Rows of a key, and what they weigh. */
export interface WeighedRows {
  readonly rows: KeyRows;
  readonly weight: number;
}

/** Converts between the rows of a key and one list of rows for each view. */
export class RowLists {
  constructor(private readonly views: readonly View[]) {}

  /** The rows of one view among the rows of a key. */
  of(view: View, rows: KeyRows): readonly object[] {
    const { name, isMany } = view.place;
    const found = name === undefined ? rows : (rows as Record<string, unknown> | undefined)?.[name];
    if (isMany) return (found ?? []) as readonly object[];
    return found === undefined ? [] : [found as object];
  }

  /** The rows of a key, from the list of each view. */
  rowsOf(lists: readonly (readonly object[])[]): KeyRows {
    const values = this.views.map(({ place }, index) => {
      const list = lists[index] ?? [];
      return [place.name, place.isMany ? list : list[0]] as const;
    });
    const [[name, only] = []] = values;
    return name === undefined ? only : (Object.fromEntries(values) as Record<string, unknown>);
  }

  /**
   * What rows weigh in memory: each one, and one more for every {@link ROW_SIZE} characters of its size.
   * @param before rows that were weighed; of these, only the rows that are no longer there are weighed again
   */
  weigh(rows: KeyRows, before?: WeighedRows): number {
    let weight = before?.weight ?? 0;
    for (const view of this.views) {
      const [removed, added] = difference(this.of(view, before?.rows), this.of(view, rows));
      for (const row of added) weight += weightOf(row);
      for (const row of removed) weight -= weightOf(row);
    }
    // A projection that changes a row in place would bring it below 0.
    return Math.max(weight, 0);
  }

  /**
   * Completes rows with the properties that they leave out. Rows that are the same objects as before are complete.
   * @param check called with each changed row
   * @returns `rows` itself if nothing was missing
   */
  complete(rows: KeyRows, before: KeyRows, check: (view: View, row: object) => void): KeyRows {
    const given = this.views.map((view) => this.of(view, rows));
    const whole = this.views.map((view, index) => {
      const old = this.of(view, before);
      return completeList(view, given[index] ?? [], old, check);
    });
    return whole.some((list, index) => list !== given[index]) ? this.rowsOf(whole) : rows;
  }
}

function completeList(
  view: View,
  rows: readonly object[],
  before: readonly object[],
  check: (view: View, row: object) => void,
): readonly object[] {
  let whole = rows;
  // A key may have thousands of rows, so no iterator.
  rows.forEach((row, index) => {
    if (row === before[index]) return;
    check(view, row);
    const completed = view.whole(row);
    if (completed !== row) whole = whole.with(index, completed);
  });
  return whole;
}

function weightOf(row: object): number {
  return 1 + Math.floor(sizeOf(row) / ROW_SIZE);
}

/** The rows that are in one of the lists only. Most changes leave the rows at the beginning as they are. */
function difference(before: readonly object[], after: readonly object[]): [Iterable<object>, object[]] {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  const gone = new Set(before.slice(same));
  const come = after.slice(same).filter((row) => !gone.delete(row));
  return [gone, come];
}
