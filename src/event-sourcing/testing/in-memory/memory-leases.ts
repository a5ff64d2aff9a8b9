import type { Announcement, Beat, LeaseStore } from '../../subscriptions/leases.js';
import type { MemoryCheckpoints } from './memory-checkpoints.js';

/** The leases of modules that share one memory. They end when a module returns them, never by time. */
export class MemoryLeases implements LeaseStore {
  constructor(
    private readonly checkpoints: MemoryCheckpoints,
    /** The modules that take a share of the subscriptions. */
    private readonly sharing: Set<string>,
    readonly memberId: string,
    readonly leaseMs: number,
  ) {}

  async beat(holders: readonly string[], { shares }: Announcement): Promise<Beat> {
    if (shares) this.sharing.add(this.memberId);
    else this.sharing.delete(this.memberId);
    const held = [...this.checkpoints.byName.values()].filter(({ holder }) => holder !== undefined);
    const valid = new Set(held.map(({ holder }) => holder));
    return Promise.resolve({
      kept: new Set(holders.filter((holder) => valid.has(holder))),
      held: new Set(held.map(({ name }) => name)),
      withOldRows: new Set<string>(),
      others: [...this.sharing].filter((id) => id !== this.memberId).sort(),
      partitions: new Map<string, number>(),
    });
  }

  async release(holder: string): Promise<void> {
    this.checkpoints.release(holder);
    return Promise.resolve();
  }

  async releaseAll(): Promise<void> {
    for (const { holder } of this.checkpoints.byName.values())
      if (holder !== undefined) this.checkpoints.release(holder);
    return Promise.resolve();
  }

  async leave(): Promise<void> {
    this.sharing.delete(this.memberId);
    return Promise.resolve();
  }
}
