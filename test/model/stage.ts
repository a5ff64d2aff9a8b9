import { randomUUID } from 'node:crypto';
import { AS_ADMIN, AS_NOBODY, asCustomer } from '../support/credentials.js';
import type { Answer, Headers, HttpClient } from '../support/http-client.js';
import { granted, type Cart, type OpenedCart } from '../support/shop.js';
import { BAD_JWT, WRONG_TOKEN } from '../access/parties.js';
import type { Played, PlayedClaim } from './played.js';
import { changeOf, conditionOf, requestOf } from './requests.js';
import {
  CARTS,
  PRODUCTS,
  type ChangeWish,
  type Claimant,
  type ClaimWish,
  type HostileWish,
  type LookWish,
  type ProductWish,
  type Sender,
  type Wish,
} from './wishes.js';

const STRANGER = asCustomer('stranger');

/** A cart of one run. */
export interface StagedCart {
  readonly opened: Cart;
  readonly owner: Headers;
  /** From the last answer that showed the cart. */
  known: Cart;
}

/** The carts and products that the shoppers of one run share. */
export class Stage {
  readonly played: Played[] = [];
  private time = 0;

  private constructor(
    private readonly processes: readonly HttpClient[],
    private readonly run: string,
    readonly carts: readonly StagedCart[],
  ) {}

  /**
   * @param processes of the service, used in turn
   * @param run makes names of products and customers unique to this run
   */
  static async set(processes: readonly [HttpClient, ...HttpClient[]], run: string): Promise<Stage> {
    const stage = new Stage(processes, run, await openCarts(processes[0], run));
    await Promise.all(
      Array.from({ length: PRODUCTS }, async (_, product) => {
        const isLast = product === PRODUCTS - 1;
        const isForeign = product === PRODUCTS - 2;
        await stage.put(product, {
          name: 'Mug',
          price: { amount: isLast ? Number.MAX_SAFE_INTEGER : 1999, currency: isForeign ? 'USD' : 'EUR' },
        });
      }),
    );
    return stage;
  }

  /** Runs all shoppers at the same time. */
  async play(shoppers: readonly (readonly Wish[])[]): Promise<void> {
    await Promise.all(
      shoppers.map(async (wishes) => {
        for (const wish of wishes) await this.perform(wish);
      }),
    );
  }

  /** The credentials of a claimant. */
  customerId(claimant: Claimant): string {
    return `${claimant} of ${this.run}`;
  }

  skuOf(product: number): string {
    return `${this.run}-${product}`;
  }

  private async perform(wish: Wish): Promise<void> {
    switch (wish.kind) {
      case 'change':
        return this.change(wish);
      case 'hostile':
        return this.attack(wish);
      case 'look':
        return this.look(wish);
      case 'claim':
        return this.claim(wish);
      case 'product':
        return this.sell(wish);
    }
  }

  private async change(wish: ChangeWish): Promise<void> {
    const { sender, cart, condition, prefersMinimal, keyed } = wish;
    const staged = this.cart(cart);
    const change = changeOf(wish.change, staged.known, (product) => this.skuOf(product));
    const { header, expected } = conditionOf(condition, staged.known.version);
    const { method, path, body } = requestOf(change);
    const key = keyed === 0 ? undefined : randomUUID();
    const headers = {
      ...this.credentials(sender, staged),
      ...(header !== undefined && { 'if-match': header }),
      ...(prefersMinimal && { prefer: 'return=minimal' }),
      ...(key !== undefined && { 'idempotency-key': key }),
    };
    const once = async () => {
      const { answer, span } = await this.timed<Cart>(() =>
        this.send(method, `/v1/carts/${staged.opened.id}${path}`, { headers, body }),
      );
      this.learn(staged, answer);
      this.played.push({
        kind: 'change',
        sender,
        cart,
        change,
        expected,
        prefersMinimal,
        key,
        answer,
        ...span,
      });
    };
    // Like a client that gets no answer and retries, and then sends the request once more.
    await Promise.all(Array.from({ length: Math.min(Math.max(keyed, 1), 2) }, once));
    if (keyed === 3) await once();
  }

  private async attack({ sender, cart, request }: HostileWish): Promise<void> {
    const staged = this.cart(cart);
    const { method, path, raw } = request;
    const headers = this.credentials(sender, staged);
    const { answer, span } = await this.timed(() =>
      this.send(method, `/v1/carts/${staged.opened.id}${path}`, { headers, raw }),
    );
    this.played.push({ kind: 'hostile', sender, cart, request, answer, ...span });
  }

  private async look({ sender, cart, ago, upToDate }: LookWish): Promise<void> {
    const staged = this.cart(cart);
    const version = ago === undefined ? undefined : Math.max(1, staged.known.version - ago);
    const minVersion = upToDate && version === undefined ? staged.known.version : undefined;
    const headers = {
      ...this.credentials(sender, staged),
      ...(minVersion !== undefined && { 'x-min-version': String(minVersion) }),
    };
    const target = `/v1/carts/${staged.opened.id}${version === undefined ? '' : `?version=${version}`}`;
    const { answer, span } = await this.timed<Cart>(() => this.send('GET', target, { headers }));
    if (version === undefined) this.learn(staged, answer);
    this.played.push({ kind: 'look', sender, cart, version, minVersion, answer, ...span });
  }

  private async claim({ claimant, cart, token }: ClaimWish): Promise<void> {
    const { opened, owner } = this.cart(cart);
    const tokens = { right: owner, wrong: WRONG_TOKEN, none: {} };
    const headers = { ...asCustomer(this.customerId(claimant)), ...tokens[token] };
    const { answer, span } = await this.timed<PlayedClaim['answer']['body']>(() =>
      this.send('POST', `/v1/carts/${opened.id}/claims`, { headers, body: {} }),
    );
    this.played.push({ kind: 'claim', claimant, cart, hasToken: token === 'right', answer, ...span });
  }

  private async sell({ product, name, amount, active }: ProductWish): Promise<void> {
    await this.put(product, { name, price: { amount, currency: 'EUR' }, active });
  }

  private async put(product: number, body: object): Promise<void> {
    const sku = this.skuOf(product);
    const { answer, span } = await this.timed<never>(() =>
      this.send('PUT', `/v1/products/${sku}`, { body, headers: AS_ADMIN }),
    );
    this.played.push({ kind: 'product', sku, answer, ...span });
  }

  private send<Body>(...[method, target, parts]: Parameters<HttpClient['send']>): Promise<Answer<Body>> {
    const http = this.processes[this.time % this.processes.length];
    if (http === undefined) throw new Error('The stage has no processes; pass at least one.');
    return http.send<Body>(method, target, parts);
  }

  private async timed<Body>(send: () => Promise<Answer<Body>>) {
    const sentAt = this.time++;
    const answer = await send();
    return { answer, span: { sentAt, answeredAt: this.time++ } };
  }

  private learn(staged: StagedCart, { status, body }: Answer<Cart>): void {
    if (
      status < 300 &&
      Array.isArray((body as Cart | undefined)?.items) &&
      body.version >= staged.known.version
    )
      staged.known = body;
  }

  private cart(index: number): StagedCart {
    const cart = this.carts[index];
    if (cart === undefined) throw new Error(`The stage has no cart ${index}.`);
    return cart;
  }

  private credentials(sender: Sender, { owner }: StagedCart): Headers {
    switch (sender) {
      case 'owner':
        return owner;
      case 'admin':
        return AS_ADMIN;
      case 'customer':
      case 'rival':
        return asCustomer(this.customerId(sender));
      case 'stranger':
        return STRANGER;
      case 'wrong token':
        return WRONG_TOKEN;
      case 'nobody':
        return AS_NOBODY;
      case 'bad JWT':
        return BAD_JWT;
    }
  }
}

/** The last cart is a customer's, the others are guests'. */
async function openCarts(http: HttpClient, run: string): Promise<StagedCart[]> {
  const customer = asCustomer(`customer of ${run}`);
  return Promise.all(
    Array.from({ length: CARTS }, async (_, index) => {
      const isGuests = index < CARTS - 1;
      const headers = isGuests ? AS_NOBODY : customer;
      const answer = await http.send<OpenedCart>('POST', '/v1/carts', { body: { currency: 'EUR' }, headers });
      const { token, ...opened } = granted(answer);
      return { opened, known: opened, owner: isGuests ? { 'x-cart-token': token ?? '' } : customer };
    }),
  );
}
