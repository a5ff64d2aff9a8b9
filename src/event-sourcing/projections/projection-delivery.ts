import { LRUCache } from 'lru-cache';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { Work } from '../subscriptions/checkpoint-move.js';
import type { Batch, Delivery } from '../subscriptions/delivery.js';
import type { WeighedRows } from './key-rows.js';
import type { KeyRows, ViewRows } from './view-rows.js';
import { ViewWriter, type RowsChange } from './view-writer.js';

/** The greatest weight of all rows that are remembered; each key counts as one more. */
const ROWS_IN_MEMORY = 50_000;

/** Makes the work that writes rows. */
export type RowsWriter = Pick<ViewWriter, 'write'>;

/**
 * Folds a batch of events into the rows of views. One statement loads all keys that are not remembered, and one
 * writes all rows.
 */
export class ProjectionDelivery implements Delivery {
  /** Rows as this process wrote them last. Nobody else can write them while this process holds the checkpoint. */
  private readonly kept: LRUCache<string, WeighedRows>;
  private writer: RowsWriter | undefined;

  /** @param writerOf makes what writes the rows; by default to the query database */
  constructor(
    private readonly rows: ViewRows,
    private readonly writerOf: (rows: ViewRows) => Promise<RowsWriter> = async () =>
      new ViewWriter(rows, await rows.check()),
  ) {
    this.kept = new LRUCache({ maxSize: ROWS_IN_MEMORY, sizeCalculation: ({ weight }) => 1 + weight });
  }

  keyOf(recorded: RecordedEvent): string {
    return this.rows.keyOf(recorded);
  }

  async begin(events: readonly RecordedEvent[]): Promise<Batch> {
    const writer = (this.writer ??= await this.writerOf(this.rows));
    const present = await this.present(events);
    const changed = new Map<string, RowsChange>();
    return {
      take: (recorded): undefined => {
        const key = this.rows.keyOf(recorded);
        const before = present.get(key);
        const rows = changed.has(key) ? changed.get(key)?.after : before;
        const after = this.rows.evolve(rows, recorded);
        if (after !== rows) changed.set(key, { key, before, after });
      },
      work: (): Work => writer.write(changed.values()),
      written: () => {
        for (const [key, { after }] of changed) this.keep(key, after);
      },
    };
  }

  forget(): void {
    this.kept.clear();
  }

  private keep(key: string, rows: KeyRows): void {
    this.kept.set(key, { rows, weight: this.rows.weigh(rows, this.kept.peek(key)) });
  }

  private async present(events: readonly RecordedEvent[]): Promise<Map<string, KeyRows>> {
    const present = new Map<string, KeyRows>();
    const missing = new Set<string>();
    for (const recorded of events) {
      const key = this.keyIfAny(recorded);
      if (key === undefined || present.has(key)) continue;
      const kept = this.kept.get(key);
      if (kept) present.set(key, kept.rows);
      else missing.add(key);
    }
    if (missing.size > 0)
      for (const [key, rows] of await this.rows.load([...missing])) present.set(key, rows);
    return present;
  }

  private keyIfAny(recorded: RecordedEvent): string | undefined {
    try {
      return this.rows.keyOf(recorded);
    } catch {
      // The delivery of the event fails with the same error, which is then reported.
      return undefined;
    }
  }
}
