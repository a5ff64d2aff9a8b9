import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Headers } from '../support/http-client.js';
import type { Cart } from '../support/shop.js';
import { isBroken } from './broken.js';
import type { Post } from './crew.js';
import { digestOf, type Entry, type Ledger, type ShownCart } from './ledger.js';
import { SeededRandom } from './seeded-random.js';
import type { Violation } from './violation.js';
import { drawWish, type Wish } from './wishes.js';

/** Several shoppers meet in one cart now and then: as many of the latest ones are in use. */
const CARTS_IN_USE = 24;
/** Between two requests of one shopper, in milliseconds. */
const PAUSE = { least: 10, most: 90 };
const PAUSE_WHEN_AWAY_MS = 20;
/** What a service in good order may answer to these wishes, whatever goes wrong around it. */
const REFUSALS = new Set(['404 ITEM_NOT_FOUND', '409 CART_CLOSED', '409 TOO_MUCH_CONTENTION']);
/** After these nobody knows yet whether it took effect, or will. */
const UNKNOWN = new Set(['503 OVERLOADED', '503 VIEW_BEHIND']);
/** The part of the requests that carry an idempotency key and are repeated until their outcome is known. */
const INSISTENT = 0.5;

/** Shoppers who fill and change carts in loops, over HTTP, each at a post of its own, whatever becomes of the service there. */
export class Shoppers {
  /** Requests that were granted when they were sent again. */
  repeated = 0;
  private readonly carts = new Map<string, Cart>();
  private readonly loops: Promise<void>[];
  private isOver = false;

  /** @param seed each shopper's wishes follow from it and from the shopper's number */
  constructor(
    count: number,
    seed: number,
    private readonly posts: readonly Post[],
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

  private async shop(home: Post, random: SeededRandom): Promise<void> {
    while (this.isOpen()) {
      const wish = drawWish(random, [...this.carts.values()]);
      const pause = random.between(PAUSE.least, PAUSE.most);
      const [insists, key] = [random.next() < INSISTENT, random.uuid()];
      const id = this.ledger.newId();
      const isKeyed = insists && wish.events !== 0;
      const headers = { 'x-request-id': id, ...(isKeyed && { 'idempotency-key': key }) };
      let outcome = await this.ask(home, id, wish, headers);
      // Anywhere else, too: it must take effect once, and be answered as if it had never been asked before.
      for (let turn = 1; isKeyed && outcome === 'unknown' && this.isOpen(); turn += 1) {
        await sleep(PAUSE_WHEN_AWAY_MS);
        const post = this.posts[(home.number + turn) % this.posts.length] ?? home;
        outcome = await this.ask(post, id, wish, headers);
      }
      await sleep(outcome === 'unknown' ? PAUSE_WHEN_AWAY_MS : pause);
    }
  }

  /** Asked anew each time: it changes while a shopper waits. */
  private isOpen(): boolean {
    return !this.isOver;
  }

  /** Sends a request where somebody serves, and writes down what came of it. */
  private async ask(post: Post, id: string, wish: Wish, headers: Headers): Promise<Entry['outcome']> {
    const service = await post.serving();
    if (!service) return 'unknown';
    const before = this.ledger.entries.has(id);
    try {
      const answer = await wish.send(service, headers);
      this.ledger.answered(`answers ${answer.status}`);
      if (before && answer.status < 300) this.repeated += 1;
      return this.take(id, wish, answer);
    } catch (error) {
      if (!isBroken(error)) {
        const evidence = { id, wish: wish.name, error: String(error), cause: String((error as Error).cause) };
        this.report({ rule: 'a request is answered, or its connection breaks', evidence });
      }
      this.ledger.answered('broken connections');
      this.ledger.add(id, { outcome: 'unknown', events: wish.events, shown: undefined });
      return 'unknown';
    }
  }

  private take(id: string, { name, events, atLeast = 0 }: Wish, { status, body }: Answer): Entry['outcome'] {
    if (status < 300) {
      const cart = isCart(body) ? body : undefined;
      if (cart) this.remember(cart);
      if (cart && cart.version < atLeast) {
        const evidence = { id, cart: cart.id, version: cart.version, atLeast };
        this.report({ rule: 'a cart is shown at the version that was asked for, or a later one', evidence });
      }
      const shown: ShownCart | undefined = cart && {
        id: cart.id,
        version: cart.version,
        digest: digestOf(cart.items.map((item) => ({ ...item, unitPrice: item.unitPrice.amount }))),
      };
      this.ledger.add(id, { outcome: 'acknowledged', events, shown });
      return 'acknowledged';
    }
    const answer = `${status} ${String((body as { code?: unknown } | undefined)?.code)}`;
    if (!REFUSALS.has(answer) && !UNKNOWN.has(answer)) {
      const evidence = { id, wish: name, status, body };
      this.report({ rule: 'a request is granted, refused for a reason, or told to come back', evidence });
    }
    const outcome = UNKNOWN.has(answer) ? 'unknown' : 'refused';
    this.ledger.add(id, { outcome, events, shown: undefined });
    return outcome;
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
