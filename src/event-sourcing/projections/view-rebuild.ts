import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { SettledLog } from '../log/settled/settled-log.js';
import { newId } from '../runtime/new-id.js';
import type { RetryPolicy } from '../runtime/retry-policy.js';
import { Checkpoints } from '../subscriptions/checkpoints.js';
import { Dispatcher } from '../subscriptions/dispatcher.js';
import { BEGINNING } from '../subscriptions/held-checkpoint.js';
import type { SubscriptionOptions } from '../subscriptions/subscription-options.js';
import { Subscription } from '../subscriptions/subscription.js';
import { ProjectionDelivery } from './projection-delivery.js';
import { RebuildError, type RebuildRecords } from './rebuild-records.js';
import type { RebuildSite } from './rebuild-site.js';
import type { ViewRows } from './view-rows.js';

const POLL_MS = 20;
/** The checkpoint of a rebuild needs no lease: no other process sees its schema. */
const NO_LEASE_MS = 0;
/** How long the present view stands still, at most, while the new one catches up, in milliseconds. */
const CATCH_UP_MS = 1_000;
/** Pause between two attempts to swap, for readers and writers of the view. */
const BETWEEN_ATTEMPTS_MS = 1_000;

/** What to rebuild, and with what. */
export interface RebuildPlan {
  readonly options: SubscriptionOptions;
  /** The rows in the query database. */
  readonly rows: ViewRows;
  readonly settled: SettledLog;
  readonly retry: RetryPolicy;
  readonly logger: Pick<Logger, 'error'>;
}

/** A subscription that fills the new view. */
interface Filling {
  readonly subscription: Subscription;
  /** Settles when the subscription has ended. */
  readonly ended: Promise<void>;
}

/**
 * Rebuilds the views of a projection from the first event, beside the present ones. When the new views have caught
 * up, one transaction puts them in the place of the present ones. Readers see the old views before it and the new
 * ones after it. No row is copied, so the swap of a large view takes no longer. If the process dies, the present
 * views stay.
 */
export class ViewRebuild {
  private stopping = false;

  constructor(
    private readonly plan: RebuildPlan,
    private readonly site: RebuildSite,
    private readonly records: RebuildRecords,
  ) {}

  /**
   * Resolves when the new views have replaced the present ones.
   * @throws RebuildError if the rebuild was stopped
   */
  async run(): Promise<void> {
    const { name } = this.plan.options;
    try {
      await this.records.begin(name);
      await this.site.prepare();
      const filling = await this.fill();
      const failed = new Promise<never>((_, reject) => {
        filling.ended.catch(reject);
      });
      if (!(await Promise.race([this.replace(filling), failed]))) throw stopped(name);
    } catch (error) {
      // Others that wait for this rebuild see that it is over even without the record.
      await this.records.fail(name, reasonOf(error)).catch(() => undefined);
      throw error;
    } finally {
      this.stopping = true;
      await this.site.close();
    }
  }

  /** Ends the rebuild. The present views stay. */
  stop(): void {
    this.stopping = true;
  }

  private async fill(): Promise<Filling> {
    const { options, rows, settled, retry, logger } = this.plan;
    const { dataSource, schema } = this.site;
    const checkpoints = new Checkpoints(dataSource);
    await checkpoints.create([{ name: options.name, kind: options.kind }], settled.identity, BEGINNING);
    const delivery = new ProjectionDelivery(rows.in(dataSource, schema));
    // Failures of the present view were reported, and those of the new view will be when it has taken its place.
    const dispatcher = new Dispatcher(settled, checkpoints, delivery, retry, () => undefined);
    const subscription = new Subscription(options, settled, checkpoints, dispatcher, logger);
    const lease = { memberId: newId(), leaseMs: NO_LEASE_MS };
    const held = await checkpoints.acquire(options.name, newId(), lease);
    if (!held) throw new Error(`The rebuild of "${options.name}" could not acquire its checkpoint.`);
    return { subscription, ended: subscription.hold(held) };
  }

  private async replace({ subscription, ended }: Filling): Promise<boolean> {
    const isReady =
      (await this.reaches(subscription, await this.site.position())) && (await this.lock(subscription));
    subscription.letGo();
    await ended;
    if (isReady) await this.site.swap();
    return isReady;
  }

  /** Resolves to whether the swap can begin: not if the rebuild was stopped. */
  private async lock(subscription: Subscription): Promise<boolean> {
    await this.site.analyze();
    while (!(await this.site.lock((position) => this.reaches(subscription, position, CATCH_UP_MS)))) {
      if (this.stopping) return false;
      await sleep(BETWEEN_ATTEMPTS_MS);
    }
    return true;
  }

  /** Resolves to whether the subscription reaches a position in time, and before the rebuild is stopped. */
  private async reaches(subscription: Subscription, position: number, withinMs = Infinity): Promise<boolean> {
    const giveUpAt = performance.now() + withinMs;
    while (subscription.position < position) {
      if (this.stopping || performance.now() > giveUpAt) return false;
      await sleep(POLL_MS);
    }
    return !this.stopping;
  }
}

function stopped(name: string): RebuildError {
  return new RebuildError(
    `The rebuild of the view of "${name}" was stopped, because its process ends. The present view stays; start again.`,
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
