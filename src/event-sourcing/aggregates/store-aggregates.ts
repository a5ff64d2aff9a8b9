import { streamName } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import { currentMessageContext, MessageIdentity, withMessageContext } from '../runtime/message-context.js';
import type { EventStore } from '../store/event-store.js';
import type { Transaction } from '../store/transaction.js';
import { ConcurrentChangeError } from './concurrent-change.js';
import type { LoadedAggregate } from './loaded-aggregate.js';
import type { Effect, SavedVersions } from './repeated-saves.js';

/** Fails a decision without a refusal: a refusal might be remembered, and the caller may try again. */
class Moved extends Error {
  constructor(
    readonly aggregate: LoadedAggregate,
    readonly version: number,
  ) {
    super('An aggregate has changed since it was loaded.');
  }
}

/**
 * Appends the new events of aggregates, all or none. The outcome that is remembered for a repeat of the message is
 * the version of each aggregate, so that the repeat can load what the first run has seen.
 * @param newEvents the events of an aggregate that are to be stored
 * @throws ConcurrentChangeError when one of them has changed since it was loaded
 */
export async function storeAggregates(
  store: EventStore,
  aggregates: readonly LoadedAggregate[],
  newEvents: (aggregate: LoadedAggregate) => readonly object[],
): Promise<void> {
  const changed = aggregates.filter((aggregate) => newEvents(aggregate).length > 0);
  for (const aggregate of changed) refuseSecondSave(aggregate);
  if (changed.length === 0) return;
  try {
    const effect = firstEffect(changed);
    await asEffect(effect, () => store.transact((tx) => appendAll(tx, changed, newEvents, effect?.id)));
  } catch (error) {
    if (!(error instanceof Moved)) throw error;
    const { aggregate, version } = error;
    throw new ConcurrentChangeError(streamOf(aggregate), aggregate.version, version);
  }
  for (const aggregate of changed) {
    aggregate.version += newEvents(aggregate).length;
    aggregate.isSaved = true;
  }
}

/** The name of the stream of an aggregate. */
export function streamOf({ decider, id }: Pick<LoadedAggregate, 'decider' | 'id'>): string {
  return streamName(decider, id);
}

function appendAll(
  tx: Transaction,
  aggregates: readonly LoadedAggregate[],
  newEvents: (aggregate: LoadedAggregate) => readonly object[],
  effectId: string | undefined,
): SavedVersions {
  const saved: Record<string, number> = {};
  for (const aggregate of aggregates) {
    const { decider, id, savedBy } = aggregate;
    const { version } = tx.load(decider, id);
    // An earlier run has had this very effect: the append finds its outcome and stores nothing.
    const isRepeat = savedBy !== undefined && savedBy === effectId;
    if (version !== aggregate.version && !isRepeat) throw new Moved(aggregate, version);
    tx.append(decider, id, newEvents(aggregate) as readonly DomainEvent[]);
    saved[streamOf(aggregate)] = aggregate.version;
  }
  return saved;
}

/** The effect of the aggregate that was loaded first; its outcome covers all of them. */
function firstEffect(aggregates: readonly LoadedAggregate[]): Effect | undefined {
  const identity = currentMessageContext()?.identity;
  const effects = aggregates.flatMap(({ effect }) => (effect && effect.of === identity ? effect : []));
  return effects.sort((one, other) => one.number - other.number)[0];
}

/** A repeat of the message saves the same aggregate under the same id. */
function asEffect<T>(effect: Effect | undefined, work: () => Promise<T>): Promise<T> {
  const context = currentMessageContext();
  if (!effect || !context) return work();
  const { fingerprint, handling } = effect.of;
  return withMessageContext(
    { ...context, identity: new MessageIdentity(effect.id, fingerprint, handling) },
    work,
  );
}

/** A repeat could not tell which events of the second save were stored after those of others. */
function refuseSecondSave(aggregate: LoadedAggregate): void {
  if (!aggregate.isSaved || !aggregate.effect) return;
  throw new Error(
    `${streamOf(aggregate)} was saved before by this message, which may come twice. Load it again to change it again.`,
  );
}
