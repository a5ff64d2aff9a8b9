import { ProjectionDelivery } from '../../projections/projection-delivery.js';
import type { WriterOfView } from '../../queries/view-writers.js';
import type { CheckpointHome, Rebuilds, SubscriptionStorage } from '../../runner/subscription-storage.js';
import { NO_WORK } from '../../subscriptions/checkpoint-move.js';
import type { MemoryWork } from './memory-checkpoints.js';
import { MemoryLeases } from './memory-leases.js';
import { MemoryViewRows } from './memory-views.js';
import type { InMemory } from './memory.js';

/** Views in memory cannot be rebuilt: a test starts with an empty one. */
const NO_REBUILDS: Rebuilds = {
  add: () => undefined,
  removeLeftovers: () => Promise.resolve(),
  watchRequests: () => undefined,
  begin: () =>
    Promise.reject(new Error('A view in memory cannot be rebuilt. Run this test with PostgreSQL.')),
  stop: () => Promise.resolve(),
};

/** Stores what subscriptions have done in memory. Commands and queries have one home. */
export function memorySubscriptions(memory: InMemory): SubscriptionStorage {
  const { checkpoints, commands, clock, members } = memory;
  const home: CheckpointHome = {
    checkpoints,
    leases({ id, leaseMs, release }) {
      checkpoints.releases.set(id, release);
      return new MemoryLeases(checkpoints, members, id, leaseMs);
    },
  };
  return {
    command: home,
    query: home,
    // A saga remembers no timers here: it stores those that it keeps each time, which changes nothing.
    sagaWork: (_saga, { stored, cancelled }): MemoryWork => ({
      ...NO_WORK,
      write: () => commands.change(stored, cancelled, clock.now().getTime()),
    }),
    projection(options, projection) {
      const rows = new MemoryViewRows(options, projection, memory.rowsOf(options.name), checkpoints);
      return { rows, delivery: () => new ProjectionDelivery(rows, () => Promise.resolve(rows.writer)) };
    },
    rebuilds: () => NO_REBUILDS,
  };
}

/** Looks up who writes the views in memory. */
export function lookUpWriters({ checkpoints }: InMemory, names: readonly string[]): readonly WriterOfView[] {
  return names.flatMap((name) => {
    const found = checkpoints.byName.get(name);
    if (!found) return [];
    const heldUp = new Set(
      checkpoints.parked.all.filter((one) => one.handler === name).map(({ key }) => key),
    );
    const writer = checkpoints.writerOf(found);
    return [{ name, writer, release: checkpoints.releaseOf(found), heldUp: [...heldUp] }];
  });
}
