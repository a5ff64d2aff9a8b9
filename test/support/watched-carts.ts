import { claim, guestsCart, newCustomer } from './customers.js';
import type { Headers, HttpClient } from './http-client.js';
import { Shop, type Cart } from './shop.js';

/** One process of the service. */
export interface Reached {
  readonly http: HttpClient;
}

/** What the answers received so far say about a cart. */
export class WatchedCart {
  /** The highest version in any answer so far, from any process. */
  shown = 1;
  /** The highest version in any list so far. */
  listed = 0;
  isClaimed = false;

  constructor(
    readonly id: string,
    readonly token: Headers,
    readonly owner: Headers,
  ) {}

  see(version: number): void {
    this.shown = Math.max(this.shown, version);
  }
}

/** Changes and reads carts at any process, and compares each answer with what was known before its request was sent. */
export class WatchedCarts {
  readonly violations: string[] = [];
  reads = 0;
  /** Reads that were refused because the cart was claimed. */
  refusals = 0;
  /** Answers with the status 503. */
  overloads = 0;
  private readonly claiming = new Set<WatchedCart>();

  async open({ http }: Reached): Promise<WatchedCart> {
    const { cart, token } = await guestsCart(http);
    return new WatchedCart(cart.id, token, newCustomer().headers);
  }

  /** @param headers sent on top of the guest's token */
  async readAsGuest({ http }: Reached, cart: WatchedCart, headers: Headers = {}): Promise<void> {
    const { shown, isClaimed } = cart;
    const { status, body } = await http.get<Cart>(`/v1/carts/${cart.id}`, { ...cart.token, ...headers });
    this.reads += 1;
    if (status === 200) {
      if (isClaimed) this.violations.push(`${cart.id} was shown to its former guest.`);
      this.judge(cart, body.version, shown);
    } else if (status === 404) {
      this.refusals += 1;
      if (!cart.isClaimed && !(await this.becomesClaimed(cart)))
        this.violations.push(`${cart.id} was not found.`);
    } else this.judgeError(cart.id, status);
  }

  async readAsOwner({ http }: Reached, cart: WatchedCart, headers: Headers = {}): Promise<void> {
    const { shown } = cart;
    const { status, body } = await http.get<Cart>(`/v1/carts/${cart.id}`, { ...cart.owner, ...headers });
    this.reads += 1;
    if (status === 200) this.judge(cart, body.version, shown);
    else if (status === 404) this.violations.push(`${cart.id} was not found by its owner.`);
    else this.judgeError(cart.id, status);
  }

  /** Lists carts. A list may lack the latest changes, but never one that was listed before. */
  async list({ http }: Reached, carts: readonly WatchedCart[]): Promise<void> {
    const before = new Map(carts.map((cart) => [cart, cart.listed]));
    const { status, body } = await http.get<{ readonly carts: readonly Cart[] }>('/v1/carts?limit=100');
    this.reads += 1;
    if (status !== 200) {
      this.judgeError('The list', status);
      return;
    }
    const found = new Map(body.carts.map(({ id, version }) => [id, version]));
    for (const [cart, listed] of before) {
      const version = found.get(cart.id) ?? 0;
      if (version < listed)
        this.violations.push(`${cart.id} was listed at ${version} after ${listed} had been.`);
      cart.listed = Math.max(cart.listed, version);
    }
  }

  async change({ http }: Reached, cart: WatchedCart): Promise<void> {
    const headers = cart.isClaimed ? cart.owner : cart.token;
    const { status, body } = await new Shop(http).add(cart.id, { sku: 'MUG-1' }, headers);
    if (status < 300) cart.see(body.version);
  }

  async claim({ http }: Reached, cart: WatchedCart): Promise<void> {
    this.claiming.add(cart);
    const answer = await claim(http, cart.id, { ...cart.token, ...cart.owner });
    if (answer.status === 200) {
      cart.isClaimed = true;
      cart.see(answer.body.cart.version);
    }
    this.claiming.delete(cart);
  }

  isClaiming(cart: WatchedCart): boolean {
    return this.claiming.has(cart);
  }

  private judge(cart: WatchedCart, version: number, known: number): void {
    if (version < known) this.violations.push(`${cart.id} was shown at ${version} after ${known} had been.`);
    cart.see(version);
  }

  private judgeError(what: string, status: number): void {
    if (status === 503) this.overloads += 1;
    else this.violations.push(`${what} was answered with ${status}.`);
  }

  /** A claim takes effect before its answer arrives. */
  private async becomesClaimed(cart: WatchedCart): Promise<boolean> {
    while (this.claiming.has(cart)) await new Promise((resolve) => setTimeout(resolve, 5));
    return cart.isClaimed;
  }
}
