import type { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { errorDetails } from '../runtime/error-details.js';
import { dropLeftovers } from './rebuild-schema.js';
import { ViewRebuild, type RebuildPlan } from './view-rebuild.js';

/** The views that can be built anew, and those that are just now, in this process. */
export class ViewRebuilds {
  private readonly plans = new Map<string, RebuildPlan>();
  private readonly running = new Map<ViewRebuild, Promise<void>>();

  constructor(
    /** The query database. */
    private readonly dataSource: DataSource,
    private readonly logger: Logger,
  ) {}

  add(plan: RebuildPlan): void {
    this.plans.set(plan.options.name, plan);
  }

  /** Removes what others have left behind. It is in nobody's way, so what keeps it from being removed keeps no process from starting. */
  async clearAway(): Promise<void> {
    try {
      await dropLeftovers(this.dataSource, [...this.plans.keys()]);
    } catch (error) {
      this.logger.warn(
        `What rebuilds of views have left behind could not be removed: ${errorDetails(error)}`,
      );
    }
  }

  /**
   * When this resolves it has begun, or is under way somewhere already.
   * @returns whether there is a projection of this name
   */
  async begin(name: string): Promise<boolean> {
    const plan = this.plans.get(name);
    if (!plan) return false;
    const rebuild = await ViewRebuild.begin(plan);
    if (!rebuild) return true;
    const run = rebuild
      .run()
      .then(
        (isThere) => {
          if (isThere) this.logger.log(`The view of "${name}" was built anew.`);
          else this.logger.warn(`The view of "${name}" stays as it was: its rebuild was stopped.`);
        },
        (error: unknown) => {
          this.logger.error(`The view of "${name}" could not be built anew.`, errorDetails(error));
        },
      )
      .finally(() => this.running.delete(rebuild));
    this.running.set(rebuild, run);
    return true;
  }

  /** Ends those under way. Their old views stay. */
  async stop(): Promise<void> {
    for (const rebuild of this.running.keys()) rebuild.stop();
    await Promise.all(this.running.values());
  }
}
