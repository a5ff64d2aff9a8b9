import { LRUCache } from 'lru-cache';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { Work } from './checkpoints.js';
import type { Batch, Delivery } from './delivery.js';
import type { ViewProjection } from './projection.js';
import type { ViewWriter } from './view-writer.js';

const ROWS_IN_MEMORY = 5_000;

/** Folds a batch of events into the rows of a view: loads the rows it does not remember at once, and writes all at once. */
export class ProjectionDelivery<Row extends object> implements Delivery {
  /** Rows as this process wrote them last. They stay true while the claim holds, as nobody else may write them. */
  private readonly rows = new LRUCache<string, Row>({ max: ROWS_IN_MEMORY });

  constructor(
    private readonly projection: ViewProjection<Row>,
    private readonly writer: ViewWriter<Row>,
  ) {}

  keyOf(recorded: RecordedEvent): string {
    return this.projection.keyOf(recorded);
  }

  async begin(events: readonly RecordedEvent[]): Promise<Batch> {
    const present = await this.present(events);
    const changed = new Map<string, Row | undefined>();
    return {
      take: (recorded): undefined => {
        const key = this.projection.keyOf(recorded);
        const row = changed.has(key) ? changed.get(key) : present.get(key);
        const next = this.projection.evolve(row, recorded);
        if (next !== row) changed.set(key, next);
      },
      work: (): Work => this.writer.write(changed),
      written: () => {
        for (const [key, row] of changed) {
          if (row) this.rows.set(key, row);
          else this.rows.delete(key);
        }
      },
    };
  }

  forget(): void {
    this.rows.clear();
  }

  private async present(events: readonly RecordedEvent[]): Promise<Map<string, Row>> {
    const present = new Map<string, Row>();
    const missing = new Set<string>();
    for (const recorded of events) {
      const key = this.keyIfAny(recorded);
      if (key === undefined) continue;
      const row = this.rows.get(key);
      if (row) present.set(key, row);
      else missing.add(key);
    }
    if (missing.size > 0)
      for (const [key, row] of await this.writer.load([...missing])) present.set(key, row);
    return present;
  }

  private keyIfAny(recorded: RecordedEvent): string | undefined {
    try {
      return this.projection.keyOf(recorded);
    } catch {
      // Taking the event in fails in the same way, and that is told.
      return undefined;
    }
  }
}
