import { setTimeout as sleep } from 'node:timers/promises';
import { AS_SERVICE, asCustomer } from '../../support/credentials.js';

const SHOPPERS = 4;
const ITEMS = 8;
const SKUS = Array.from({ length: 40 }, (_, number) => `SKU-${number}`);
const PAUSE_WHEN_AWAY_MS = 50;
const PAUSE_WHEN_SLOW_MS = 1_000;

/**
 * Shoppers who fill carts, and a till that sets prices, over HTTP. Requests that fail because the service is away are
 * lost; what counts is what the log has.
 */
export class Load {
  /** Whether the shoppers take their time from now on. */
  isSlow = false;
  private isOver = false;
  private readonly loops: Promise<void>[];

  /** @param origin the address of the service; undefined while it is away */
  constructor(private readonly origin: () => string | undefined) {
    this.loops = [this.setPrices(), ...Array.from({ length: SHOPPERS }, (_, number) => this.shop(number))];
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.loops);
  }

  private async shop(number: number): Promise<void> {
    for (let round = 0; !this.isOver; round += 1) {
      const headers = asCustomer(`shopper-${number}-${round}`);
      const items = this.items(round);
      const cart = await this.send('POST', '/v1/carts', { currency: 'EUR', items }, headers);
      const id = cart?.['id'];
      if (typeof id !== 'string') continue;
      const operations = this.items(round + 1).map((item) => ({ op: 'add', ...item }));
      await this.send('PATCH', `/v1/carts/${id}/items`, { operations }, headers);
      await this.send('POST', `/v1/carts/${id}/items`, { sku: SKUS[0], quantity: 1 }, headers);
      if (this.isSlow) await sleep(PAUSE_WHEN_SLOW_MS);
    }
  }

  private async setPrices(): Promise<void> {
    for (let price = 100; !this.isOver; price += 1) {
      const products = SKUS.map((sku) => ({
        sku,
        name: `Product ${sku}`,
        price: { amount: price, currency: 'EUR' },
      }));
      await this.send('POST', '/v1/products/imports', { products }, AS_SERVICE);
      await sleep(500);
    }
  }

  private items(round: number): { readonly sku: string; readonly quantity: number }[] {
    return Array.from({ length: ITEMS }, (_, index) => ({
      sku: SKUS[(round * ITEMS + index) % SKUS.length] ?? '',
      quantity: 1 + (index % 3),
    }));
  }

  private async send(
    method: string,
    path: string,
    body: object,
    headers: object,
  ): Promise<Record<string, unknown> | undefined> {
    const origin = this.origin();
    try {
      if (origin === undefined) throw new Error('The service is away.');
      const answer = await fetch(`${origin}${path}`, {
        method,
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      return answer.ok && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : undefined;
    } catch {
      await sleep(PAUSE_WHEN_AWAY_MS);
      return undefined;
    }
  }
}
