import type { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { SettledLog } from '../log/settled/settled-log.js';
import { errorDetails } from '../runtime/error-details.js';
import type { RetryPolicy } from '../runtime/retry-policy.js';
import { Signal } from '../runtime/signal.js';
import type { SubscriptionOptions } from '../subscriptions/subscription-options.js';
import { RebuildError, RebuildRecords } from './rebuild-records.js';
import { dropLeftovers } from './rebuild-schema.js';
import { RebuildSite } from './rebuild-site.js';
import { ViewRebuild, type RebuildPlan } from './view-rebuild.js';
import type { ViewRows } from './view-rows.js';

/** Pause between two looks for rebuilds that other programs ask for, in milliseconds. */
const REQUESTS_MS = 1_000;

/** A rebuild that is under way in some process. */
export interface Rebuild {
  /**
   * Resolves when the new view has replaced the present one.
   * @throws RebuildError if it has not; the message says why
   */
  done(): Promise<void>;
}

/** The projections whose views can be rebuilt, and the rebuilds that run in this process. */
export class ViewRebuilds {
  private readonly plans = new Map<string, RebuildPlan>();
  private readonly running = new Map<ViewRebuild, Promise<unknown>>();
  private readonly records: RebuildRecords;
  private readonly wake = new Signal();
  private isStopping = false;
  private watching: Promise<void> | undefined;

  /** @param dataSource of the query database */
  constructor(
    private readonly dataSource: DataSource,
    private readonly settled: SettledLog,
    private readonly retry: RetryPolicy,
    private readonly logger: Logger,
  ) {
    this.records = new RebuildRecords(dataSource);
  }

  add(options: SubscriptionOptions, rows: ViewRows): void {
    const { settled, retry, logger } = this;
    this.plans.set(options.name, { options, rows, settled, retry, logger });
  }

  /** Removes what dead processes have left behind. Leftovers do no harm, so a failure does not stop the start. */
  async removeLeftovers(): Promise<void> {
    try {
      await dropLeftovers(this.dataSource, [...this.plans.keys()]);
    } catch (error) {
      this.logger.warn(`Leftovers of earlier rebuilds could not be removed: ${errorDetails(error)}`);
    }
  }

  /** Begins the rebuilds that other programs ask for, from now on. */
  watchRequests(): void {
    if (this.plans.size > 0) this.watching ??= this.watch();
  }

  /**
   * Begins a rebuild. When this resolves, it is under way in this process or in another one.
   * @returns `undefined` if there is no projection of this name
   */
  async begin(name: string): Promise<Rebuild | undefined> {
    const plan = this.plans.get(name);
    if (!plan) return undefined;
    const site = await RebuildSite.open(plan.rows);
    if (!site) {
      const id = await this.records.request(name);
      return { done: () => this.records.outcome(name, id) };
    }
    const rebuild = new ViewRebuild(plan, site, this.records);
    const outcome = rebuild.run().then(
      () => {
        this.logger.log(`The view of "${name}" was rebuilt.`);
      },
      (error: unknown) => {
        if (error instanceof RebuildError) this.logger.warn(error.message);
        else this.logger.error(`The view of "${name}" could not be rebuilt.`, errorDetails(error));
        throw error instanceof RebuildError ? error : failure(name, error);
      },
    );
    const ended = outcome.catch(() => undefined).finally(() => this.running.delete(rebuild));
    this.running.set(rebuild, ended);
    return { done: () => outcome };
  }

  /** Ends the rebuilds under way. The present views stay. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.wake.set();
    await this.watching;
    for (const rebuild of this.running.keys()) rebuild.stop();
    await Promise.all(this.running.values());
  }

  private async watch(): Promise<void> {
    let isFailing = false;
    while (!this.isStopping) {
      try {
        // A process that does not know all events leaves the work to others.
        if (!this.settled.failure) await this.beginRequested();
        isFailing = false;
      } catch (error) {
        if (!isFailing) this.logger.warn(`Requested rebuilds could not begin: ${errorDetails(error)}`);
        isFailing = true;
      }
      await this.wake.wait(REQUESTS_MS);
    }
  }

  private async beginRequested(): Promise<void> {
    const failures: RebuildError[] = [];
    for (const name of await this.records.requested([...this.plans.keys()])) {
      if (this.isStopping) break;
      await this.begin(name).catch((error: unknown) => failures.push(failure(name, error)));
    }
    // Only now, so that one view does not keep the others from being rebuilt.
    const [first] = failures;
    if (first) throw first;
  }
}

function failure(name: string, cause: unknown): RebuildError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RebuildError(`The view of "${name}" could not be rebuilt: ${reason}`, { cause });
}
