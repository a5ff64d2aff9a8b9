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

/** Where the service is, how many connections to keep to it, and the headers that say who asks. */
export interface ClientOptions {
  readonly origin: string;
  readonly connections: number;
  /** Sent with every request: the one place for credentials. */
  readonly credentials?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 30_000;
const MINIMAL = { prefer: 'return=minimal' };

/**
 * The service's routes that a replay uses, over kept-alive connections. Every answer is handed back, whatever its
 * status. Nothing is sent twice: a mutation whose answer was lost may have taken effect. Each method throws undici's
 * error where there was no answer.
 */
export class CartwrightClient {
  private readonly pool: Pool;
  private readonly credentials: Readonly<Record<string, string>>;

  constructor({ origin, connections, credentials = {} }: ClientOptions) {
    this.pool = new Pool(origin, { connections, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
    this.credentials = credentials;
  }

  /** At most 1,000 products. */
  importProducts(products: readonly PricedProduct[]): Promise<Answer> {
    return this.request('POST', '/v1/products/imports', { products });
  }

  putProduct({ sku, name, price }: PricedProduct): Promise<Answer> {
    return this.request('PUT', `/v1/products/${encodeURIComponent(sku)}`, { name, price });
  }

  /** Answered with the whole cart. */
  createCart(currency: string): Promise<Answer> {
    return this.request('POST', '/v1/carts', { currency });
  }

  /** Answered with id and version, or with the whole cart where the new item's id is wanted. */
  addItem(cartId: string, item: { sku: string; quantity: number }, wantsItemId: boolean): Promise<Answer> {
    return this.request('POST', `${cartPath(cartId)}/items`, item, wantsItemId ? {} : MINIMAL);
  }

  changeQuantity(cartId: string, itemId: string, quantity: number): Promise<Answer> {
    return this.request('PATCH', itemPath(cartId, itemId), { quantity }, MINIMAL);
  }

  removeItem(cartId: string, itemId: string): Promise<Answer> {
    return this.request('DELETE', itemPath(cartId, itemId), undefined, MINIMAL);
  }

  /** The cart, once its view has reached `minVersion`. */
  getCart(cartId: string, minVersion: number): Promise<Answer> {
    return this.request('GET', cartPath(cartId), undefined, { 'x-min-version': String(minVersion) });
  }

  /** A page of a cart's events, those after version `after`. */
  getEvents(cartId: string, after: number): Promise<Answer> {
    return this.request('GET', `${cartPath(cartId)}/events?after=${after}&limit=1000`);
  }

  /** Ends the connections once the requests under way are answered. */
  close(): Promise<void> {
    return this.pool.close();
  }

  private async request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const answer = await this.pool.request({
      method,
      path,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...this.credentials,
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

function cartPath(cartId: string): string {
  return `/v1/carts/${encodeURIComponent(cartId)}`;
}

function itemPath(cartId: string, itemId: string): string {
  return `${cartPath(cartId)}/items/${encodeURIComponent(itemId)}`;
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
