import type { View } from './view.js';

/** What has to be written of one view. */
export interface ViewChanges {
  /** Rows that appeared or changed. */
  readonly written: object[];
  /** Rows that went, as they were. */
  readonly removed: object[];
}

/** Adds what tells the rows of a key after some events from those before them; rows are unchanged where they are the same object. */
export function addChanges(
  view: View,
  before: readonly object[],
  after: readonly object[],
  { written, removed }: ViewChanges,
): void {
  if (before === after) return;
  const old = before.filter((row, index) => row !== after[index]);
  const present = after.filter((row, index) => row !== before[index]);
  // Rows behind one that went have only moved up.
  const moved = new Set(old);
  for (const row of present) if (!moved.has(row)) written.push(row);
  if (old.length === 0) return;
  const kept = new Set(present.map((row) => identityOf(view, row)));
  for (const row of old) if (!kept.has(identityOf(view, row))) removed.push(row);
}

/** What tells a row from the others of its key. */
function identityOf({ rest }: View, row: object): string {
  const [only, ...others] = rest;
  if (!only) return '';
  if (others.length === 0) return String(only.toText(only.of(row)));
  return JSON.stringify(rest.map((column) => column.toText(column.of(row))));
}
