import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventStore } from '../store/event-store.js';
import type { LoadedAggregate } from './loaded-aggregate.js';
import { storeAggregates } from './store-aggregates.js';

/**
 * What a running command or event handler has to store before it ends. Nobody else waits for these: `commit()`
 * returns nothing, and callers may drop the promise of `publish`.
 */
interface UnitOfWork {
  readonly committed: Set<LoadedAggregate>;
  readonly begun: Promise<unknown>[];
  /** Whether the handler has returned. What it left running still finds the unit and can add nothing to it. */
  isEnded: boolean;
}

const storage = new AsyncLocalStorage<UnitOfWork>();

/**
 * Runs a command or an event handler, and stores the events of all aggregates that it has committed in one append.
 * If `work` fails, nothing of them is stored.
 * @throws whatever `work` throws; ConcurrentChangeError when an aggregate has changed since it was loaded
 */
export async function withUnitOfWork<T>(store: EventStore, work: () => T | Promise<T>): Promise<T> {
  const unit: UnitOfWork = { committed: new Set(), begun: [], isEnded: false };
  const result = await runIn(unit, work);
  if (unit.committed.size > 0) {
    const changes = [...unit.committed].map((aggregate) => ({ aggregate, events: [...aggregate.committed] }));
    await storeAggregates(store, changes);
  }
  if (unit.begun.length > 0) await Promise.all(unit.begun);
  return result;
}

async function runIn<T>(unit: UnitOfWork, work: () => T | Promise<T>): Promise<T> {
  try {
    return await storage.run(unit, work);
  } finally {
    unit.isEnded = true;
  }
}

/** The unit of the running command or event handler; `undefined` outside of one and after its end. */
function openUnit(): UnitOfWork | undefined {
  const unit = storage.getStore();
  return unit?.isEnded ? undefined : unit;
}

/**
 * Has the running command or event handler store events of an aggregate at its end.
 * @throws Error outside of a command or event handler, and after its end
 */
export function commitLater(aggregate: LoadedAggregate, events: readonly object[]): void {
  const unit = openUnit();
  if (!unit) {
    throw new Error(
      `commit of a ${aggregate.root.constructor.name} was called outside of a command handler and an event handler, ` +
        'where nothing would wait until its events are stored. Await save of its repository.',
    );
  }
  aggregate.committed.push(...events);
  unit.committed.add(aggregate);
}

/**
 * The running command or event handler does not end before this promise, and fails if it fails.
 * @returns whether there is such a handler
 */
export function endAfter(effect: Promise<unknown>): boolean {
  const unit = openUnit();
  if (!unit) return false;
  unit.begun.push(effect);
  // If the work fails first, its error counts.
  effect.catch(() => undefined);
  return true;
}
