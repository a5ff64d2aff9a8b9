import type { Logger, Type } from '@nestjs/common';
import type { LogHead } from '../log/settled/log-head.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { projectionOptions } from '../projections/projection.js';
import type { ViewWatch } from '../projections/view-watch.js';
import type { SubscriptionRunner } from '../runner/subscription-runner.js';
import { errorDetails } from '../runtime/error-details.js';
import { Signal } from '../runtime/signal.js';
import { LiveView } from './live-view.js';
import type { ReadReplicas } from './read-replicas.js';
import type { ViewWriters } from './view-writers.js';

/** How often this process looks up the writers of the views, in milliseconds. */
const ROUND_MS = 1_000;
/** If more keys of a view are held up, none of its rows are kept in memory. */
const MOST_HELD_UP = 1_000;

interface NamedView {
  readonly name: string;
  readonly view: LiveView<unknown>;
}

/** A projection class whose rows can be read. */
export type ProjectionOf<Rows> = Type<{
  /** Computes the rows of a key after an event. */
  evolve(rows: Rows, recorded: never): Rows;
}>;

/** How many rows are kept in memory. */
export interface LiveViewsOptions {
  /** Number of rows of each view. */
  readonly cachedRows: number;
}

/** The live views of this process, one for each projection. It does not matter which process runs the projection. */
export class LiveViews {
  private readonly views = new Map<unknown, NamedView>();
  private readonly wake = new Signal();
  private running: Promise<void> | undefined;
  private stopping = false;

  /** @internal */
  constructor(
    private readonly settled: SettledLog,
    private readonly head: LogHead,
    private readonly watch: ViewWatch,
    private readonly runner: SubscriptionRunner,
    private readonly writers: Pick<ViewWriters, 'lookUp'>,
    private readonly replicas: ReadReplicas,
    private readonly options: LiveViewsOptions,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /**
   * The live view of a projection.
   * @param projection a provider of this process
   * @throws Error for a class that is not a projection of this process
   */
  of<Rows>(projection: ProjectionOf<Rows>): LiveView<Rows> {
    const { view } = this.views.get(projection) ?? this.add(projection);
    return view as LiveView<Rows>;
  }

  /**
   * Ends the look-ups, and the connections to replicas.
   * @internal
   */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake.set();
    await Promise.all([this.running, this.replicas.stop()]);
  }

  private add(projection: Type): NamedView {
    const options = projectionOptions(projection);
    const source = options && this.runner.views.get(options.name);
    const subscription = this.runner.subscriptions.find(({ options: { name } }) => name === options?.name);
    if (!options || !source || !subscription) {
      throw new Error(
        `${projection.name} is not a projection of this process. List it in the providers of a module.`,
      );
    }
    const { settled, head, watch, replicas } = this;
    const { release } = this.runner;
    const { events } = subscription.options;
    const types = new Set(events === 'all' ? [] : events.map(({ type }) => type));
    const capacity = this.options.cachedRows;
    const view = new LiveView<unknown>({ source, types, settled, head, watch, replicas, release, capacity });
    settled.onSettled((recorded) => {
      view.take(recorded);
    });
    const added = { name: options.name, view };
    this.views.set(projection, added);
    this.running ??= this.follow();
    return added;
  }

  /** Keys that are read from the view show a new writer by themselves. Keys in memory need these look-ups. */
  private async follow(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.lookUpWriters();
      } catch (error) {
        this.logger.warn(`The writers of the views could not be looked up: ${errorDetails(error)}`);
      }
      await this.wake.wait(ROUND_MS);
    }
  }

  private async lookUpWriters(): Promise<void> {
    const views = [...this.views.values()];
    const names = views.map(({ name }) => name);
    for (const { name, writer, release, heldUp } of await this.writers.lookUp(names, MOST_HELD_UP + 1)) {
      const keys = heldUp ?? [];
      const view = views.find((one) => one.name === name)?.view;
      view?.follow(writer, release, keys.length > MOST_HELD_UP ? undefined : keys);
    }
  }
}
