import type { View } from './view.js';

/**
 * All rows of a key, as `evolve` gets and returns them: `undefined`, a row, or an object with a property for each
 * view.
 */
export type KeyRows = object | undefined;

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

  /** Number of rows, with the elements of their arrays. */
  weigh(rows: KeyRows): number {
    let weight = 0;
    for (const view of this.views) {
      const found = this.of(view, rows);
      weight += found.length;
      for (const row of found) weight += view.arraysOf(row);
    }
    return weight;
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
