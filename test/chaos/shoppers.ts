import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../support/http-client.js';
import type { Cart } from '../support/shop.js';
import type { Post } from './crew.js';
import { digestOf, type Ledger, type ShownCart } from './ledger.js';
import { SeededRandom } from './seeded-random.js';
import type { Violation } from './violation.js';
import { drawWish } from './wishes.js';

/** Several shoppers meet in one cart now and then: as many of the latest ones are in use. */
const CARTS_IN_USE = 24;
/** Between two requests of one shopper, in milliseconds. */
const PAUSE = { least: 10, most: 90 };
const PAUSE_WHEN_AWAY_MS = 20;
/** What a service in good order may answer to these wishes, whatever goes wrong around it. */
const REFUSALS = new Set(['404 ITEM_NOT_FOUND', '409 CART_CLOSED', '409 TOO_MUCH_CONTENTION']);
const UNKNOWN = new Set(['503 OVERLOADED', '503 VIEW_BEHIND']);

/** Shoppers who fill and change carts in loops, over HTTP, each at a post of its own, whatever becomes of the service there. */
export class Shoppers {
  private readonly carts = new Map<string, Cart>();
  private readonly loops: Promise<void>[];
  private isOver = false;

  /** @param seed each shopper's wishes follow from it and from the shopper's number */
  constructor(
    count: number,
    seed: number,
    posts: readonly Post[],
    private readonly ledger: Ledger,
    private readonly report: (violation: Violation) => void,
  ) {
    this.loops = Array.from({ length: count }, (_, number) => {
      const post = posts[number % posts.length];
      if (!post) throw new Error('There is no post to shop at.');
      return this.shop(post, new SeededRandom(seed + 1 + number));
    });
  }

  /** Resolves when the last of them has its answer. */
  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.loops);
  }

  private async shop(post: Post, random: SeededRandom): Promise<void> {
    while (!this.isOver) {
      const service = await post.serving();
      if (!service) return;
      const carts = [...this.carts.values()];
      const wish = drawWish(random, carts);
      const pause = random.between(PAUSE.least, PAUSE.most);
      const id = this.ledger.newId();
      try {
        this.take(id, wish.name, wish.events, await wish.send(service, { 'x-request-id': id }));
        await sleep(pause);
      } catch (error) {
        if (!isBroken(error)) throw error;
        this.ledger.add(id, { outcome: 'unknown', events: wish.events, shown: undefined });
        await sleep(PAUSE_WHEN_AWAY_MS);
      }
    }
  }

  private take(id: string, wish: string, events: number | undefined, { status, body }: Answer): void {
    if (status < 300) {
      const cart = isCart(body) ? body : undefined;
      if (cart) this.remember(cart);
      const shown: ShownCart | undefined = cart && {
        id: cart.id,
        version: cart.version,
        digest: digestOf(cart.items.map((item) => ({ ...item, unitPrice: item.unitPrice.amount }))),
      };
      this.ledger.add(id, { outcome: 'acknowledged', events, shown });
      return;
    }
    const answer = `${status} ${String((body as { code?: unknown } | undefined)?.code)}`;
    if (!REFUSALS.has(answer) && !UNKNOWN.has(answer)) {
      this.report({
        rule: 'a request is granted, refused for a reason, or told to come back',
        evidence: { id, wish, status, body },
      });
    }
    this.ledger.add(id, {
      outcome: status < 500 ? 'refused' : 'unknown',
      events,
      shown: undefined,
    });
  }

  /** Keeps the latest carts in the order in which they were opened. */
  private remember(cart: Cart): void {
    const known = this.carts.get(cart.id);
    if (known ? known.version >= cart.version : cart.version > 1) return;
    if (cart.status === 'discarded') this.carts.delete(cart.id);
    else this.carts.set(cart.id, cart);
    const [oldest] = this.carts.keys();
    if (this.carts.size > CARTS_IN_USE && oldest !== undefined) this.carts.delete(oldest);
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
