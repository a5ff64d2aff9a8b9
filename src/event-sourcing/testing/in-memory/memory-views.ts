import type { RowsChange } from '../../projections/view-writer.js';
import { ViewRows, type KeyRows, type PlacedRows, type ViewProgress } from '../../projections/view-rows.js';
import type { ProjectionOptions, RowsProjection } from '../../projections/projection.js';
import type { RowsWriter } from '../../projections/projection-delivery.js';
import { NO_WORK } from '../../subscriptions/checkpoint-move.js';
import type { MemoryCheckpoints, MemoryWork } from './memory-checkpoints.js';
import { entitiesOf, OfflineDataSource } from './offline-data-source.js';
import { assertText, nextTurn, valueMissing } from './storable.js';

/** The rows of a projection, by key. */
export type RowsByKey = Map<string, KeyRows>;

/** The rows of a projection in memory, as `evolve` has returned them. */
export class MemoryViewRows extends ViewRows {
  constructor(
    options: ProjectionOptions,
    projection: RowsProjection<KeyRows>,
    private readonly byKey: RowsByKey,
    private readonly checkpoints: MemoryCheckpoints,
  ) {
    super(options, projection, new OfflineDataSource(entitiesOf(options)));
  }

  override check(): Promise<readonly (readonly string[])[]> {
    // There are no tables that could differ from the entities.
    return Promise.resolve([]);
  }

  override async load(keys: readonly string[]): Promise<Map<string, KeyRows>> {
    await nextTurn();
    return new Map(keys.map((key) => [key, this.rowsAt(key)]));
  }

  override async read(key: string): Promise<PlacedRows> {
    await nextTurn();
    const checkpoint = this.checkpoints.byName.get(this.name);
    const isHeldUp = this.checkpoints.parked.all.some((one) => one.handler === this.name && one.key === key);
    return {
      rows: this.rowsAt(key),
      position: checkpoint?.position ?? 0,
      writer: checkpoint ? this.checkpoints.writerOf(checkpoint) : '',
      release: checkpoint ? this.checkpoints.releaseOf(checkpoint) : null,
      isHeldUp,
    };
  }

  override progress(asked: number): Promise<ViewProgress> {
    const { byName, parked } = this.checkpoints;
    const ofThis = parked.all.filter(({ handler }) => handler === this.name);
    const isParked = ofThis.some(({ position }) => position === asked);
    const hasParked = ofThis.length > 0;
    const checkpoint = byName.get(this.name);
    const writer = checkpoint ? this.checkpoints.writerOf(checkpoint) : '';
    return Promise.resolve({ position: checkpoint?.position ?? 0, writer, isParked, hasParked });
  }

  override isFilled(): Promise<boolean> {
    const checkpoint = this.checkpoints.byName.get(this.name);
    return Promise.resolve(checkpoint !== undefined && checkpoint.position >= checkpoint.fillUntil);
  }

  /** Writes rows together with the checkpoint. */
  readonly writer: RowsWriter = {
    write: (changes: Iterable<RowsChange>): MemoryWork => {
      const changed = [...changes];
      return {
        ...NO_WORK,
        write: () => {
          for (const { after } of changed) this.assertStorable(after);
          for (const { key, after } of changed) this.byKey.set(key, after);
        },
      };
    },
  };

  /** The rows of a key; those of a key that was never written are what the projection gets for it. */
  private rowsAt(key: string): KeyRows {
    return this.byKey.has(key) ? this.byKey.get(key) : this.nothing();
  }

  /** @throws Error with the code of PostgreSQL for a row that a table would not take */
  private assertStorable(rows: KeyRows): void {
    for (const view of this.views) {
      for (const row of this.of(view, rows)) {
        for (const column of view.columns) {
          const value = column.of(row);
          if (typeof value === 'string') assertText(value);
          if ((value ?? null) === null && !column.metadata.isNullable)
            throw valueMissing(view.entity, column.property);
        }
      }
    }
  }
}
