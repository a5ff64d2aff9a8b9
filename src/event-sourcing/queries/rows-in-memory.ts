import { LRUCache } from 'lru-cache';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { KeyRows, ViewRows } from '../projections/view-rows.js';

/** How rows are computed and weighed. */
export type RowsDefinition = Pick<ViewRows, 'keyOf' | 'evolve' | 'weigh'>;

interface Entry {
  rows: KeyRows;
  weight: number;
  /** The rows contain the events up to this position. */
  position: number;
}

/**
 * The rows of the keys that were read last. Each settled event is folded into them. The weight of all rows is
 * limited; the keys that were read longest ago are dropped first.
 */
export class RowsInMemory {
  private readonly entries: LRUCache<string, Entry>;

  /** @param capacity the greatest weight of all rows together */
  constructor(
    private readonly definition: RowsDefinition,
    capacity: number,
  ) {
    this.entries = new LRUCache({ maxSize: capacity, sizeCalculation: ({ weight }) => weight });
  }

  /** @returns the rows, wrapped because a key may have none; `undefined` if they are not in memory */
  get(key: string): { readonly rows: KeyRows } | undefined {
    return this.entries.get(key);
  }

  /**
   * Keeps the rows of a key. Keys without rows are not kept: requests for unknown keys would displace the others.
   * @param position the rows contain the events up to here
   */
  keep(key: string, rows: KeyRows, position: number): void {
    const weight = this.definition.weigh(rows);
    if (weight > 0) this.entries.set(key, { rows, weight, position });
  }

  /** Folds a settled event into the rows. */
  take(recorded: RecordedEvent): void {
    if (this.entries.size === 0) return;
    const key = this.keyIfAny(recorded);
    const entry = key === undefined ? undefined : this.entries.peek(key);
    if (key === undefined || !entry || recorded.position <= entry.position) return;
    try {
      this.put(key, entry, this.definition.evolve(entry.rows, recorded), recorded.position);
    } catch {
      // The process that writes the view fails with the same error, and reports it.
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
    const weight = this.definition.weigh(rows, entry);
    if (weight === 0) this.entries.delete(key);
    // The cache weighs an entry only when it is set.
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
