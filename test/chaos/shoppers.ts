import { setTimeout as pause } from 'node:timers/promises';
import type { LaunchedService } from '../lifecycle/launched-service.js';
import type { Answer } from '../support/http-client.js';
import type { Cart } from '../support/shop.js';
import type { Ledger } from './ledger.js';
import type { SeededRandom } from './seeded-random.js';

/** The products that shoppers choose from. */
export const SKUS = Array.from({ length: 12 }, (_, index) => `SKU-${index}`);
/** Several shoppers meet in one cart now and then: as many of the latest ones are in use. */
const CARTS_IN_USE = 24;
const PAUSE_WHEN_AWAY_MS = 20;

interface Wish {
  readonly mustChange: boolean;
  readonly send: (service: LaunchedService, id: string) => Promise<Answer>;
}

/** Shoppers who fill and change carts in loops, over HTTP, whatever becomes of the service. */
export class Shoppers {
  private readonly carts = new Map<string, Cart>();
  private readonly loops: Promise<void>[];
  private isOver = false;

  /** @param service the one that serves at present; pending while there is none */
  constructor(
    count: number,
    private readonly service: () => Promise<LaunchedService>,
    private readonly random: SeededRandom,
    private readonly ledger: Ledger,
  ) {
    this.loops = Array.from({ length: count }, () => this.shop());
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.loops);
  }

  private async shop(): Promise<void> {
    while (!this.isOver) {
      const service = await this.service();
      const { mustChange, send } = this.wish();
      const id = this.ledger.newId();
      try {
        const { status, body } = await send(service, id);
        const cart = status < 300 && isCart(body) ? body : undefined;
        if (status === 500) throw new Error(`The service failed: ${JSON.stringify(body)}`);
        const outcome = status < 300 ? 'acknowledged' : status < 500 ? 'refused' : 'unknown';
        this.ledger.add({ id, outcome, mustChange, cart });
        if (cart) this.remember(cart);
        if (outcome === 'unknown') await pause(PAUSE_WHEN_AWAY_MS);
      } catch (error) {
        if (!isBroken(error)) throw error;
        this.ledger.add({ id, outcome: 'unknown', mustChange, cart: undefined });
        await pause(PAUSE_WHEN_AWAY_MS);
      }
    }
  }

  private wish(): Wish {
    const { random } = this;
    const [lot, sku, quantity] = [random.next(), random.pick(SKUS), random.between(1, 9)];
    const headers = (id: string) => ({ 'x-request-id': id });
    if (lot < 0.03) {
      const body = { name: `Product ${sku}`, price: { amount: random.between(1, 9_999), currency: 'EUR' } };
      return {
        mustChange: false,
        send: ({ http }, id) => http.send('PUT', `/v1/products/${sku}`, { body, headers: headers(id) }),
      };
    }
    const carts = [...this.carts.values()].slice(-CARTS_IN_USE);
    if (lot < 0.13 || carts.length === 0) {
      const body = { currency: 'EUR' };
      return {
        mustChange: true,
        send: ({ http }, id) => http.send('POST', '/v1/carts', { body, headers: headers(id) }),
      };
    }
    const cart = random.pick(carts);
    if (lot < 0.15) return { mustChange: false, send: ({ shop }, id) => shop.discard(cart.id, headers(id)) };
    if (lot < 0.6 || cart.items.length === 0) {
      return { mustChange: true, send: ({ shop }, id) => shop.add(cart.id, { sku, quantity }, headers(id)) };
    }
    const item = random.pick(cart.items);
    if (lot < 0.85) {
      return {
        mustChange: false,
        send: ({ shop }, id) => shop.changeQuantity(cart.id, item.id, quantity, headers(id)),
      };
    }
    return { mustChange: true, send: ({ shop }, id) => shop.remove(cart.id, item.id, headers(id)) };
  }

  private remember(cart: Cart): void {
    const known = this.carts.get(cart.id);
    if (known === undefined || known.version < cart.version) this.carts.set(cart.id, cart);
  }
}

function isCart(body: unknown): body is Cart {
  return typeof body === 'object' && body !== null && 'items' in body;
}

/** Whether the connection broke; anything else is a mistake of the test. */
function isBroken(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code);
  return ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'UND_ERR_SOCKET'].includes(code);
}
