import type { Type } from '@nestjs/common';
import type pg from 'pg';
import type { LogHead } from '../log/settled/log-head.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { Signal } from '../runtime/signal.js';
import { PROJECTION_METADATA, type ProjectionOptions } from '../projections/projection.js';
import type { SubscriptionRunner } from '../runner/subscription-runner.js';
import type { ViewWatch } from '../projections/view-watch.js';
import { LiveView } from './live-view.js';

/** How often this process looks who writes the views, in milliseconds. */
const ROUND_MS = 1_000;
/** With more held-up keys than that, nothing of a view is kept in memory. */
const MOST_HELD_UP = 1_000;

/** Who writes a view, and which of its keys are held up. */
interface Writing {
  readonly name: string;
  readonly claim: string;
  readonly release: string | null;
  readonly held_up: string[] | null;
}

interface OpenedView {
  readonly name: string;
  readonly view: LiveView<unknown>;
}

/** A projection class, of whose views rows are read. */
export type ProjectionOf<Rows> = Type<{ evolve(rows: Rows, recorded: never): Rows }>;

/** The live views of this process, one a projection. Their rows are read wherever the projection runs. */
export class LiveViews {
  private readonly views = new Map<unknown, OpenedView>();
  private readonly wake = new Signal();
  private running: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly settled: SettledLog,
    private readonly head: LogHead,
    private readonly watch: ViewWatch,
    private readonly runner: SubscriptionRunner,
    /** Of the query database. */
    private readonly pool: pg.Pool,
    /** How many rows of each view are kept in memory. */
    private readonly capacity: number,
    private readonly onTrouble: (error: unknown) => void,
  ) {}

  /**
   * The view that a projection keeps.
   * @throws Error for a class that is no projection of this process
   */
  of<Rows>(projection: ProjectionOf<Rows>): LiveView<Rows> {
    const { view } = this.views.get(projection) ?? this.open(projection);
    return view as LiveView<Rows>;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.wake.set();
    await this.running;
  }

  private open(projection: Type): OpenedView {
    const options = Reflect.getMetadata(PROJECTION_METADATA, projection) as ProjectionOptions | undefined;
    const source = options && this.runner.views.get(options.name);
    const subscription = this.runner.subscriptions.find(({ options: { name } }) => name === options?.name);
    if (!options || !source || !subscription) {
      throw new Error(
        `${projection.name} is no projection of this process. List it as a provider of a module.`,
      );
    }
    const { settled, head, watch, capacity } = this;
    const { release } = this.runner;
    const { events } = subscription.options;
    const types = new Set(events === 'all' ? [] : events.map(({ type }) => type));
    const view = new LiveView<unknown>({ source, types, settled, head, watch, release, capacity });
    settled.onSettled((recorded) => {
      view.take(recorded);
    });
    const opened = { name: options.name, view };
    this.views.set(projection, opened);
    this.running ??= this.follow();
    return opened;
  }

  /** Another writer and a rebuild are seen by whatever is read from the view. This is for keys that are in memory. */
  private async follow(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.look();
      } catch (error) {
        this.onTrouble(error);
      }
      await this.wake.wait(ROUND_MS);
    }
  }

  private async look(): Promise<void> {
    const opened = [...this.views.values()];
    const { rows } = await this.pool.query<Writing>(WRITING, [
      opened.map(({ name }) => name),
      MOST_HELD_UP + 1,
    ]);
    for (const { name, claim, release, held_up: heldUp } of rows) {
      const keys = heldUp ?? [];
      const view = opened.find((one) => one.name === name)?.view;
      view?.follow(claim, release, keys.length > MOST_HELD_UP ? undefined : keys);
    }
  }
}

const WRITING = `
  SELECT c.name, concat_ws(' ', c.epoch, c.member, c.holder) AS claim, m.release,
         (SELECT array_agg(k.key) FROM (SELECT DISTINCT key FROM parked_event WHERE handler = c.name LIMIT $2) k) AS held_up
    FROM checkpoint c LEFT JOIN lease_member m ON m.id = c.member WHERE c.name = ANY ($1::text[])`;
