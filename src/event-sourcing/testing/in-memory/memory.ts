import { MemoryCheckpoints } from './memory-checkpoints.js';
import { MemoryCommandRows } from './memory-command-rows.js';
import { MemoryLog } from './memory-log.js';
import { MemorySnapshots } from './memory-snapshots.js';
import type { RowsByKey } from './memory-views.js';
import { TestClock } from './test-clock.js';

/**
 * Everything that an application stores, in memory instead of in PostgreSQL. Give it to a second module to test what a
 * restart finds.
 */
export class InMemory {
  /** The clock of everything that is stored. It stands still until a test moves it. */
  readonly clock: TestClock;
  /** @internal */
  readonly log = new MemoryLog();
  /** @internal */
  readonly snapshots = new MemorySnapshots(this.log);
  /** @internal */
  readonly commands = new MemoryCommandRows();
  /** @internal */
  readonly checkpoints: MemoryCheckpoints;
  /** Modules that take a share of the subscriptions. @internal */
  readonly members = new Set<string>();
  private readonly views = new Map<string, RowsByKey>();

  /** @param now the time at which the clock stands at first; by default the present */
  constructor(now: Date = new Date()) {
    this.clock = new TestClock(now.getTime());
    this.checkpoints = new MemoryCheckpoints(this.clock);
  }

  /**
   * The rows of a projection.
   * @internal
   */
  rowsOf(name: string): RowsByKey {
    const known = this.views.get(name);
    if (known) return known;
    const rows: RowsByKey = new Map();
    this.views.set(name, rows);
    return rows;
  }
}
