import { Injectable } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { currentMessageContext, EventStore, SubscriptionAdmin } from '../event-sourcing/index.js';

/**
 * Actions of operators on handlers; each takes effect once for an idempotency key. The handler's data may be in the
 * query database, and no transaction spans both databases. So the state that was found there is remembered first, then
 * the work is done. A repeat does the work again if that state is unchanged, because a crash may have come in between.
 */
@Injectable()
export class Interventions {
  constructor(
    private readonly admin: SubscriptionAdmin,
    private readonly store: EventStore,
  ) {}

  /** Retries a parked item at once. @returns whether it was there */
  async retry(name: string, id: string): Promise<boolean> {
    if (!isUuid(id)) return false;
    return this.once(
      () => this.admin.markOfParked(name, id),
      (mark) => this.admin.retry(name, id, mark),
    );
  }

  /** Drops a parked item. @returns whether it was there */
  async drop(name: string, id: string): Promise<boolean> {
    if (!isUuid(id)) return false;
    return this.once(
      () => this.admin.markOfParked(name, id),
      () => this.admin.drop(name, id),
    );
  }

  /** Starts the rebuild of a view. @returns whether there is a projection with this name */
  async rebuild(name: string): Promise<boolean> {
    return this.once(
      () => this.admin.markOfView(name),
      async (mark) =>
        mark === undefined || mark === (await this.admin.markOfView(name))
          ? this.admin.startRebuild(name)
          : true,
    );
  }

  /** @param look returns the state of the parked item or view; `undefined` if it does not exist */
  private async once(
    look: () => Promise<string | undefined>,
    work: (mark?: string) => Promise<boolean>,
  ): Promise<boolean> {
    if (currentMessageContext()?.identity === undefined) return work();
    const mark = await this.store.firstOutcomeOf(async () => (await look()) ?? null);
    if (mark !== null) await work(mark);
    return mark !== null;
  }
}
