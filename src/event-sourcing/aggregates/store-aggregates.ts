import { streamName } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import { currentMessageContext, MessageIdentity, withMessageContext } from '../runtime/message-context.js';
import type { EventStore } from '../store/event-store.js';
import type { Transaction } from '../store/transaction.js';
import { ConcurrentChangeError } from './concurrent-change.js';
import type { Change, LoadedAggregate } from './loaded-aggregate.js';
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
 * the version of each aggregate, so that the repeat can load what the first run has seen. What an aggregate applies
 * or commits meanwhile remains to be stored.
 * @throws ConcurrentChangeError when one of them has changed since it was loaded
 */
export async function storeAggregates(store: EventStore, all: readonly Change[]): Promise<void> {
  const changes = all.filter(({ events }) => events.length > 0);
  for (const { aggregate } of changes) refuseSecondSave(aggregate);
  if (changes.length === 0) return;
  try {
    const effect = firstEffect(changes);
    await asEffect(effect, () => store.transact((tx) => appendAll(tx, changes, effect?.id)));
  } catch (error) {
    if (!(error instanceof Moved)) throw error;
    const { aggregate, version } = error;
    throw new ConcurrentChangeError(streamOf(aggregate), aggregate.version, version);
  }
  for (const change of changes) markStored(change);
}

function markStored({ aggregate, events }: Change): void {
  aggregate.version += events.length;
  aggregate.isSaved = true;
  const stored = new Set(events);
  aggregate.committed = aggregate.committed.filter((event) => !stored.has(event));
  const uncommitted = aggregate.root.getUncommittedEvents();
  const later = uncommitted.filter((event) => !stored.has(event));
  aggregate.root.uncommit();
  uncommitted.push(...later);
}

/** The name of the stream of an aggregate. */
export function streamOf({ decider, id }: Pick<LoadedAggregate, 'decider' | 'id'>): string {
  return streamName(decider, id);
}

function appendAll(tx: Transaction, changes: readonly Change[], effectId: string | undefined): SavedVersions {
  const saved: Record<string, number> = {};
  for (const { aggregate, events } of changes) {
    const { decider, id, savedBy } = aggregate;
    const { version } = tx.load(decider, id);
    // An earlier run has had this very effect: the append finds its outcome and stores nothing.
    const isRepeat = savedBy !== undefined && savedBy === effectId;
    if (version !== aggregate.version && !isRepeat) throw new Moved(aggregate, version);
    tx.append(decider, id, events as readonly DomainEvent[]);
    saved[streamOf(aggregate)] = aggregate.version;
  }
  return saved;
}

/** The effect of the aggregate that was loaded first; its outcome covers all of them. */
function firstEffect(changes: readonly Change[]): Effect | undefined {
  const identity = currentMessageContext()?.identity;
  const effects = changes.flatMap(({ aggregate: { effect } }) =>
    effect && effect.of === identity ? effect : [],
  );
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
