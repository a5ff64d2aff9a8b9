import type { Answer, Headers, HttpClient } from './http-client.js';

export interface Money {
  readonly amount: number;
  readonly currency: string;
}

export interface Item {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  readonly quantity: number;
  readonly unitPrice: Money;
  readonly total: Money;
  readonly addedAt: string;
}

export interface Notice {
  readonly code: string;
  readonly itemId: string;
  readonly previous?: Money;
  readonly current?: Money;
}

/** A cart as the service shows it. */
export interface Cart {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly customerId: string | null;
  readonly currency: string;
  readonly items: readonly Item[];
  readonly itemCount: number;
  readonly quantity: number;
  readonly total: Money;
  readonly notices: readonly Notice[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The answer that opens a guest's cart. */
export type OpenedCart = Cart & { readonly token?: string };

/** An event of a cart's history. */
export interface HistoryEvent {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly position: number;
  readonly occurredAt: string;
  /** The ids are there for staff, and where the reader acted. */
  readonly actor: { readonly type: string; readonly id?: string | null };
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface History {
  readonly events: readonly HistoryEvent[];
  readonly next: number | null;
}

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: Money;
  readonly active: boolean;
  readonly version: number;
  readonly updatedAt: string;
}

/** What can be asked for of an item. */
export interface ItemWish {
  readonly sku: string;
  readonly quantity: number;
  readonly options?: Readonly<Record<string, string>>;
}

/**
 * The routes of carts and products as methods. Methods that give a cart or a product take it for granted that the service
 * goes along; those that give an `Answer` leave it to the test to look.
 */
export class Shop {
  constructor(private readonly http: HttpClient) {}

  /** Has the catalogue know a product at a price in euro cents, and gives the answer's product. */
  async stock(sku: string, amount = 1999, more: Partial<Product> = {}): Promise<Product> {
    const body = { name: `Product ${sku}`, price: { amount, currency: 'EUR' }, ...more };
    return granted(await this.http.send<Product>('PUT', `/v1/products/${encodeURIComponent(sku)}`, { body }));
  }

  /** Has the catalogue know many products at one price. */
  async stockAll(skus: readonly string[], amount = 1999): Promise<void> {
    const products = skus.map((sku) => ({ sku, name: `Product ${sku}`, price: { amount, currency: 'EUR' } }));
    granted(await this.http.send('POST', '/v1/products/imports', { body: { products } }));
  }

  async open(items: readonly ItemWish[] = []): Promise<Cart> {
    const body = { currency: 'EUR', items };
    return withoutToken(granted(await this.http.send<OpenedCart>('POST', '/v1/carts', { body })));
  }

  add(cartId: string, wish: Partial<ItemWish>, headers: Headers = {}): Promise<Answer<Cart>> {
    const body = { quantity: 1, ...wish };
    return this.http.send<Cart>('POST', `/v1/carts/${cartId}/items`, { body, headers });
  }

  changeQuantity(
    cartId: string,
    itemId: string,
    quantity: number,
    headers: Headers = {},
  ): Promise<Answer<Cart>> {
    return this.http.send<Cart>('PATCH', `/v1/carts/${cartId}/items/${itemId}`, {
      body: { quantity },
      headers,
    });
  }

  remove(cartId: string, itemId: string, headers: Headers = {}): Promise<Answer<Cart>> {
    return this.http.send<Cart>('DELETE', `/v1/carts/${cartId}/items/${itemId}`, { headers });
  }

  clear(cartId: string, headers: Headers = {}): Promise<Answer<Cart>> {
    return this.http.send<Cart>('DELETE', `/v1/carts/${cartId}/items`, { headers });
  }

  change(cartId: string, operations: readonly object[], headers: Headers = {}): Promise<Answer<Cart>> {
    return this.http.send<Cart>('PATCH', `/v1/carts/${cartId}/items`, { body: { operations }, headers });
  }

  reprice(cartId: string, headers: Headers = {}): Promise<Answer<Cart>> {
    return this.http.send<Cart>('POST', `/v1/carts/${cartId}/repricings`, { headers });
  }

  discard(cartId: string, headers: Headers = {}): Promise<Answer> {
    return this.http.send('DELETE', `/v1/carts/${cartId}`, { headers });
  }

  look(cartId: string, headers: Headers = {}): Promise<Answer<Cart>> {
    return this.http.get<Cart>(`/v1/carts/${cartId}`, headers);
  }

  /** The cart as the view has it once it has reached a version. */
  async cart(cartId: string, minVersion = 1): Promise<Cart> {
    return granted(await this.look(cartId, { 'x-min-version': String(minVersion) }));
  }

  /** All that happened to a cart, page by page. */
  async history(cartId: string): Promise<HistoryEvent[]> {
    const events: HistoryEvent[] = [];
    for (let next: number | null = 0; next !== null;) {
      const page: History = granted(
        await this.http.get<History>(`/v1/carts/${cartId}/events?after=${next}&limit=1000`),
      );
      events.push(...page.events);
      next = page.next;
    }
    return events;
  }
}

/** The cart as every later answer shows it; the client has kept the token. */
export function withoutToken(opened: OpenedCart): Cart {
  const { token, ...cart } = opened;
  return token === undefined ? opened : cart;
}

/** @throws Error with all of the answer when it is no success */
export function granted<Body>(answer: Answer<Body>): Body {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw new Error(`The service answered ${answer.status}: ${answer.text}`);
}
