import { LRUCache } from 'lru-cache';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { KeyRows, ViewRows } from '../projections/view-rows.js';

/** How rows follow from events, and what they weigh. */
export type RowsDefinition = Pick<ViewRows, 'keyOf' | 'evolve' | 'weigh'>;

interface Entry {
  rows: KeyRows;
  weight: number;
  /** Events up to this position are in the rows. */
  position: number;
}

/**
 * The rows of the keys that were read last, up to date with each event that settles. Bounded by the weight of the rows; what was
 * read longest ago goes first.
 */
export class RowsInMemory {
  private readonly entries: LRUCache<string, Entry>;

  /** @param capacity how much all rows weigh together at most */
  constructor(
    private readonly definition: RowsDefinition,
    capacity: number,
  ) {
    this.entries = new LRUCache({ maxSize: capacity, sizeCalculation: ({ weight }) => weight });
  }

  /** @returns an object with the rows, as a key may have no row; `undefined` where they are not in memory */
  get(key: string): { readonly rows: KeyRows } | undefined {
    return this.entries.get(key);
  }

  /**
   * Keeps the rows of a key. Keys without rows are not kept: whoever asks for keys that do not exist would drive out those that do.
   * @param position events up to here are in the rows
   */
  keep(key: string, rows: KeyRows, position: number): void {
    const weight = this.definition.weigh(rows);
    if (weight > 0) this.entries.set(key, { rows, weight, position });
  }

  /** Takes an event in that has settled. */
  take(recorded: RecordedEvent): void {
    if (this.entries.size === 0) return;
    const key = this.keyIfAny(recorded);
    const entry = key === undefined ? undefined : this.entries.peek(key);
    if (key === undefined || !entry || recorded.position <= entry.position) return;
    try {
      this.put(key, entry, this.definition.evolve(entry.rows, recorded), recorded.position);
    } catch {
      // The process that writes the view fails likewise, and tells of it.
      this.entries.delete(key);
    }
  }

  drop(key: string): void {
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }

  private put(key: string, entry: Entry, rows: KeyRows, position: number): void {
    const weight = this.definition.weigh(rows);
    if (weight === 0) this.entries.delete(key);
    // The library weighs an entry when it is set.
    else if (weight !== entry.weight) this.entries.set(key, { rows, weight, position });
    else Object.assign(entry, { rows, position });
  }

  private keyIfAny(recorded: RecordedEvent): string | undefined {
    try {
      return this.definition.keyOf(recorded);
    } catch {
      return undefined;
    }
  }
}
