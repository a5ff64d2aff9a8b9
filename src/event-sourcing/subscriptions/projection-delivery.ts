import { LRUCache } from 'lru-cache';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { Claim, LogPlace } from './checkpoints.js';
import type { ViewProjection } from './projection.js';
import type { Delivery } from './subscription.js';
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

  async deliver(events: readonly RecordedEvent[], claim: Claim, to: LogPlace): Promise<Claim> {
    const keyed = events.map((recorded) => ({ recorded, key: this.projection.keyOf(recorded) }));
    const present = await this.present(new Set(keyed.map(({ key }) => key)));
    const changed = new Map<string, Row | undefined>();
    for (const { recorded, key } of keyed) {
      const row = changed.has(key) ? changed.get(key) : present.get(key);
      const next = this.projection.evolve(row, recorded);
      if (next !== row) changed.set(key, next);
    }
    try {
      await this.writer.write(changed, claim, to);
    } catch (error) {
      this.rows.clear();
      throw error;
    }
    for (const [key, row] of changed) {
      if (row) this.rows.set(key, row);
      else this.rows.delete(key);
    }
    return { ...claim, ...to };
  }

  private async present(keys: ReadonlySet<string>): Promise<Map<string, Row>> {
    const present = new Map<string, Row>();
    const missing = [];
    for (const key of keys) {
      const row = this.rows.get(key);
      if (row) present.set(key, row);
      else missing.push(key);
    }
    if (missing.length > 0) for (const [key, row] of await this.writer.load(missing)) present.set(key, row);
    return present;
  }
}
