import type { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { SettledLog } from '../log/settled/settled-log.js';
import { errorDetails } from '../runtime/error-details.js';
import type { RetryPolicy } from '../runtime/retry-policy.js';
import type { SubscriptionOptions } from '../subscriptions/subscription-options.js';
import { dropLeftovers } from './rebuild-schema.js';
import { RebuildSite } from './rebuild-site.js';
import { ViewRebuild, type RebuildPlan } from './view-rebuild.js';
import type { ViewRows } from './view-rows.js';

/** The projections whose views can be rebuilt, and the rebuilds that run in this process. */
export class ViewRebuilds {
  private readonly plans = new Map<string, RebuildPlan>();
  private readonly running = new Map<ViewRebuild, Promise<void>>();

  /** @param dataSource of the query database */
  constructor(
    private readonly dataSource: DataSource,
    private readonly settled: SettledLog,
    private readonly retry: RetryPolicy,
    private readonly logger: Logger,
  ) {}

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

  /**
   * When this resolves the rebuild has begun, or is under way in some process.
   * @returns whether there is a projection of this name
   */
  async begin(name: string): Promise<boolean> {
    const plan = this.plans.get(name);
    if (!plan) return false;
    const site = await RebuildSite.open(plan.rows);
    if (!site) return true;
    const rebuild = new ViewRebuild(plan, site);
    const run = rebuild
      .run()
      .then(
        (isDone) => {
          if (isDone) this.logger.log(`The view of "${name}" was rebuilt.`);
          else this.logger.warn(`The rebuild of the view of "${name}" was stopped. The present view stays.`);
        },
        (error: unknown) => {
          this.logger.error(`The view of "${name}" could not be rebuilt.`, errorDetails(error));
        },
      )
      .finally(() => this.running.delete(rebuild));
    this.running.set(rebuild, run);
    return true;
  }

  /** Ends the rebuilds under way. The present views stay. */
  async stop(): Promise<void> {
    for (const rebuild of this.running.keys()) rebuild.stop();
    await Promise.all(this.running.values());
  }
}
