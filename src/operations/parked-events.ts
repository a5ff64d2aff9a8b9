import { Injectable } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { currentMessageContext, EventStore, SubscriptionAdmin } from '../event-sourcing/index.js';

/**
 * What operators do about parked events, once for each key. What is parked may lie in the other database, which no transaction spans:
 * so it is written down first that it was found, then it is done. A repeat does it again, as a crash may have come in between; that
 * finds nothing to do where none has.
 */
@Injectable()
export class ParkedEvents {
  constructor(
    private readonly admin: SubscriptionAdmin,
    private readonly store: EventStore,
  ) {}

  /** Has one tried at once. @returns whether it was there */
  async retry(name: string, id: string): Promise<boolean> {
    return this.once(name, id, () => this.admin.retry(name, id));
  }

  /** Gives one up. @returns whether it was there */
  async drop(name: string, id: string): Promise<boolean> {
    return this.once(name, id, () => this.admin.drop(name, id));
  }

  private async once(name: string, id: string, work: () => Promise<boolean>): Promise<boolean> {
    if (!isUuid(id)) return false;
    if (currentMessageContext()?.identity === undefined) return work();
    const isThere = await this.admin.isParked(name, id);
    const wasThere = await this.store.transact(() => isThere);
    if (wasThere) await work();
    return wasThere;
  }
}
