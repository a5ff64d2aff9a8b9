import type { View } from './view.js';

/** The rows of one view that have to be written. */
export interface ViewChanges {
  /** Rows that appeared or changed. */
  readonly written: object[];
  /** Rows that disappeared, as they were. */
  readonly removed: object[];
}

/**
 * Adds the differences between the rows of a key before and after some events. Rows that are the same object have not
 * changed.
 */
export function addChanges(
  view: View,
  before: readonly object[],
  after: readonly object[],
  { written, removed }: ViewChanges,
): void {
  if (before === after) return;
  const old = before.filter((row, index) => row !== after[index]);
  const present = after.filter((row, index) => row !== before[index]);
  // Rows behind a removed row have only moved up.
  const moved = new Set(old);
  for (const row of present) if (!moved.has(row)) written.push(row);
  if (old.length === 0) return;
  const kept = new Set(present.map((row) => identityOf(view, row)));
  for (const row of old) if (!kept.has(identityOf(view, row))) removed.push(row);
}

/** Identifies a row among the rows of its key. */
function identityOf({ rest }: View, row: object): string {
  const [only, ...others] = rest;
  if (!only) return '';
  if (others.length === 0) return String(only.toText(only.of(row)));
  return JSON.stringify(rest.map((column) => column.toText(column.of(row))));
}
