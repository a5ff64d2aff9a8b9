import { setTimeout as sleep } from 'node:timers/promises';
import { isBroken } from '../chaos/broken.js';
import type { LaunchedService } from '../lifecycle/launched-service.js';

const SKU = 'MUG-1';
const PAUSE_MS = 5;

/** An add that was acknowledged. Times are those of `Date.now()`. */
export interface Acknowledged {
  readonly cartId: string;
  /** Version of the cart after it. */
  readonly version: number;
  readonly sentAt: number;
  readonly service: number;
}

/** Shoppers who add to their own carts, one add after the other. */
export class Adders {
  readonly acknowledged: Acknowledged[] = [];
  /** How often each answer came, by service and status. */
  readonly answers = new Map<string, number>();
  private isOver = false;
  private readonly loops: Promise<void>[] = [];

  /** @param perService how many shoppers each service has */
  async begin(services: readonly LaunchedService[], perService: number): Promise<void> {
    await services[0]?.shop.stock(SKU);
    for (const [number, service] of services.entries()) {
      const carts = await Promise.all(Array.from({ length: perService }, () => service.shop.open()));
      this.loops.push(...carts.map(({ id }) => this.addTo(id, service, number)));
    }
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.loops.splice(0));
  }

  /** The highest acknowledged version of each cart. */
  get versions(): ReadonlyMap<string, number> {
    const versions = new Map<string, number>();
    for (const { cartId, version } of this.acknowledged)
      versions.set(cartId, Math.max(version, versions.get(cartId) ?? 0));
    return versions;
  }

  private async addTo(cartId: string, service: LaunchedService, number: number): Promise<void> {
    while (!this.isOver) {
      const sentAt = Date.now();
      const status = await service.shop.add(cartId, { sku: SKU }).then(
        (answer) => {
          if (answer.status < 300)
            this.acknowledged.push({ cartId, version: answer.body.version, sentAt, service: number });
          return String(answer.status);
        },
        (error: unknown) => {
          if (!isBroken(error)) throw error;
          return 'broken';
        },
      );
      this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
      await sleep(PAUSE_MS);
    }
  }
}
