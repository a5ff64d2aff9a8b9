import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Money } from './cart-model.js';
import { member } from './json.js';

/** An HTTP answer: its JSON body, or its text where it is no JSON, undefined where it is empty. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** What `Retry-After` asks for, in milliseconds; 0 where there is no such header. */
  readonly retryAfterMs: number;
}

/** A product for the catalogue. */
export interface PricedProduct {
  readonly sku: string;
  readonly name: string;
  readonly price: Money;
}

/** Where the service is, and how many connections to keep to it. */
export interface ClientOptions {
  readonly origin: string;
  readonly connections: number;
  /** A JWT that may change the catalogue. Carts are guests', and need none. */
  readonly adminToken?: string | undefined;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const TIMEOUT_MS = 30_000;
/** How long a request is sent again to a service that is overloaded. */
const PATIENCE_MS = 120_000;
/** The service asks for patience. */
const LATER = new Set(['RATE_LIMITED', 'OVERLOADED']);
const SHORTEST_PAUSE_MS = 100;
const MINIMAL = { prefer: 'return=minimal' };

/**
 * The service's routes that a replay uses, over kept-alive connections. Each change has an idempotency key. An answer
 * that asks for patience (`RATE_LIMITED`, `OVERLOADED`) is not returned: the request is sent again, with the same key.
 * Every other answer is returned, whatever its status. Each method throws undici's error where there was no answer.
 */
export class CartwrightClient {
  private readonly pool: Pool;
  private readonly asAdmin: Readonly<Record<string, string>>;
  /** What opens the carts that were created, by their ids. */
  private readonly cartTokens = new Map<string, string>();

  constructor({ origin, connections, adminToken }: ClientOptions) {
    this.pool = new Pool(origin, { connections, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
    this.asAdmin = adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` };
  }

  /** At most 1,000 products. */
  importProducts(products: readonly PricedProduct[]): Promise<Answer> {
    return this.request('POST', '/v1/products/imports', { products }, this.asAdmin);
  }

  putProduct({ sku, name, price }: PricedProduct): Promise<Answer> {
    return this.request('PUT', `/v1/products/${encodeURIComponent(sku)}`, { name, price }, this.asAdmin);
  }

  /** Answered with the whole cart, and with the token that opens it from now on. */
  async createCart(currency: string): Promise<Answer> {
    const answer = await this.request('POST', '/v1/carts', { currency });
    const [id, token] = [member(answer.body, 'id'), member(answer.body, 'token')];
    if (typeof id === 'string' && typeof token === 'string') this.cartTokens.set(id, token);
    return answer;
  }

  /** Answered with id and version, or with the whole cart where the new item's id is wanted. */
  addItem(cartId: string, item: { sku: string; quantity: number }, wantsItemId: boolean): Promise<Answer> {
    return this.onCart(cartId, 'POST', '/items', item, wantsItemId ? {} : MINIMAL);
  }

  changeQuantity(cartId: string, itemId: string, quantity: number): Promise<Answer> {
    return this.onCart(cartId, 'PATCH', itemPath(itemId), { quantity }, MINIMAL);
  }

  removeItem(cartId: string, itemId: string): Promise<Answer> {
    return this.onCart(cartId, 'DELETE', itemPath(itemId), undefined, MINIMAL);
  }

  /** The cart, once its view has reached `minVersion`. */
  getCart(cartId: string, minVersion: number): Promise<Answer> {
    return this.onCart(cartId, 'GET', '', undefined, { 'x-min-version': String(minVersion) });
  }

  /** A page of a cart's events, those after version `after`. */
  getEvents(cartId: string, after: number): Promise<Answer> {
    return this.onCart(cartId, 'GET', `/events?after=${after}&limit=1000`);
  }

  /** Ends the connections once the requests under way are answered. */
  close(): Promise<void> {
    return this.pool.close();
  }

  /** As the guest who created the cart. */
  private onCart(
    cartId: string,
    method: Method,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const token = this.cartTokens.get(cartId);
    return this.request(method, `/v1/carts/${encodeURIComponent(cartId)}${path}`, body, {
      ...headers,
      ...(token === undefined ? {} : { 'x-cart-token': token }),
    });
  }

  private async request(
    method: Method,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const deadline = performance.now() + PATIENCE_MS;
    const key = method === 'GET' ? {} : { 'idempotency-key': randomUUID() };
    for (;;) {
      const answer = await this.requestOnce(method, path, body, { ...headers, ...key });
      const code = errorCode(answer);
      if (code === undefined || !LATER.has(code) || performance.now() > deadline) return answer;
      await pause(Math.max(SHORTEST_PAUSE_MS, answer.retryAfterMs));
    }
  }

  private async requestOnce(
    method: Method,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const answer = await this.pool.request({
      method,
      path,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const retryAfter = Number(answer.headers['retry-after']);
    return {
      status: answer.statusCode,
      body: parsed(await answer.body.text()),
      retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : 0,
    };
  }
}

/** The stable error code of a problem document, undefined where the answer is none. */
export function errorCode(answer: Answer): string | undefined {
  const code = member(answer.body, 'code');
  return typeof code === 'string' ? code : undefined;
}

function itemPath(itemId: string): string {
  return `/items/${encodeURIComponent(itemId)}`;
}

function parsed(text: string): unknown {
  if (text === '') {
    return undefined;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // No JSON: the text itself is what the report should show.
    return text;
  }
}
