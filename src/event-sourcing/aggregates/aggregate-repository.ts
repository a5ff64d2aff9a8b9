import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { checkCategory, type Decider } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import { EventLog } from '../log/event-log.js';
import { EventStore } from '../store/event-store.js';
import { ConcurrentChangeError } from './concurrent-change.js';
import { eventsOf, historyDecider, type History } from './history.js';
import { loadedAggregate, rememberLoaded, type Aggregate, type LoadedAggregate } from './loaded-aggregate.js';
import { nextEffect, takeEarlierSave, type Effect } from './repeated-saves.js';
import { storeAggregates, streamOf } from './store-aggregates.js';
import { commitLater } from './unit-of-work.js';

const MAX_CONFLICTS = 10;
const LONGEST_JITTER_MS = 64;

/**
 * Loads and saves aggregates of `@nestjs/cqrs`: classes that extend `AggregateRoot` or `WithAggregateRoot(…)`.
 *
 * ```ts
 * @Injectable()
 * export class Heroes extends AggregateRepository<Hero> {
 *   readonly category = 'hero';
 *   create(id: string) {
 *     return new Hero(id);
 *   }
 * }
 * ```
 *
 * An aggregate is saved at the version at which it was loaded: if it has changed since, saving fails with
 * ConcurrentChangeError and stores nothing. `change` loads it again and repeats the change. A message that comes
 * twice, such as a stored command, loads the aggregate as the first run did and takes effect once.
 *
 * All events of the aggregate are applied for each load. A decider (`EventStore.transact`) keeps its state in memory.
 */
@Injectable()
export abstract class AggregateRepository<A extends Aggregate> {
  /** First part of the names of the streams, without a hyphen: `hero` for the streams `hero-<id>`. */
  abstract readonly category: string;

  @Inject(EventStore)
  private readonly store!: EventStore; // injected, as below
  @Inject(EventLog)
  private readonly log!: EventLog;
  private decider: Decider<History, DomainEvent> | undefined;

  /** Makes an aggregate without events. */
  abstract create(id: string): A;

  /**
   * Loads an aggregate with all events that were stored before the call. One without events is new. All aggregates of
   * a stream get the same event objects, which stay in memory: copy what you keep of them, and never change it in place.
   * @throws LogUnavailableError when the log cannot be reached
   */
  load(id: string): Promise<A> {
    return this.loadFor(id, nextEffect());
  }

  /**
   * The number of events that an aggregate has been loaded with or has saved; 0 for a new one.
   * @throws Error for an aggregate that no repository has loaded
   */
  versionOf(aggregate: A): number {
    return loadedAggregate(aggregate).version;
  }

  /**
   * Stores the new events of aggregates, all or none. Resolves when they are on disk. Events that are applied after
   * the call are not among them; the next save stores them.
   * @throws ConcurrentChangeError when one of them has changed since it was loaded
   * @throws Error for an aggregate that no repository has loaded; for a second save by a message that may come twice
   * @throws LogUnavailableError when the log cannot be reached; whether the events were stored is unknown then
   */
  async save(...aggregates: A[]): Promise<void> {
    const changes = aggregates.map((root) => {
      const aggregate = loadedAggregate(root);
      return { aggregate, events: [...aggregate.committed, ...root.getUncommittedEvents()] };
    });
    await storeAggregates(this.store, changes);
  }

  /**
   * Loads an aggregate, changes it and saves it. If somebody else was faster, it starts again, up to ten times.
   * @param work changes the aggregate; it may run several times
   * @returns what the run of `work` that counted has returned
   * @throws ConcurrentChangeError after ten conflicts in a row; whatever `work`, `load` and `save` throw
   */
  async change<T>(id: string, work: (aggregate: A) => T | Promise<T>): Promise<T> {
    const effect = nextEffect();
    for (let conflicts = 1; ; conflicts += 1) {
      const aggregate = await this.loadFor(id, effect);
      const result = await work(aggregate);
      try {
        await this.save(aggregate);
        return result;
      } catch (error) {
        // The running handler must not store at its end what this attempt has committed.
        loadedAggregate(aggregate).committed = [];
        if (!(error instanceof ConcurrentChangeError) || conflicts === MAX_CONFLICTS) throw error;
        await pause(Math.random() * Math.min(2 ** conflicts, LONGEST_JITTER_MS));
      }
    }
  }

  private async loadFor(id: string, effect: Effect | undefined): Promise<A> {
    this.decider ??= this.makeDecider();
    const { decider } = this;
    const present = await this.store.load(decider, id);
    const earlier = effect && (await takeEarlierSave(this.log, effect, streamOf({ decider, id })));
    const { version } = earlier ?? present;
    const root = this.create(id);
    // With `autoCommit`, an aggregate publishes even its history.
    root.publish = () => undefined;
    root.loadFromHistory(eventsOf(present.state).slice(0, version));
    const savedBy = earlier?.effectId;
    follow({ root, decider, id, effect, savedBy, version, committed: [], isSaved: false });
    return root;
  }

  private makeDecider(): Decider<History, DomainEvent> {
    checkCategory(this);
    return historyDecider(this.category);
  }
}

/** Has `commit` and `autoCommit` store the events at the end of the running command or event handler. */
function follow(aggregate: LoadedAggregate): void {
  const { root } = aggregate;
  root.publishAll = (events) => {
    commitLater(aggregate, events);
  };
  root.publish = (event) => {
    commitLater(aggregate, [event]);
  };
  rememberLoaded(aggregate);
}
