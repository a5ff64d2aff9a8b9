import { randomUUID } from 'node:crypto';

/**
 * The one thing that a fake shop does its own way: only the first is allowed, all others are wrong. What is done once is
 * done at the third add that can be taken.
 */
export type Quirk =
  | 'has its view late'
  | 'shows a total that is off by one'
  | 'loses an add that it acknowledged'
  | 'ignores a price change that it acknowledged'
  | 'leaves a gap in the history'
  | 'accepts a quantity of nothing'
  | 'refuses with another code'
  | 'answers an add with 500'
  | 'answers every add with 500'
  | 'answers every add with 201'
  | 'cuts the connection of an add'
  | 'repeats a version';

interface Money {
  amount: number;
  currency: string;
}

interface Cart {
  id: string;
  version: number;
  currency: string;
  items: { id: string; sku: string; name: string; quantity: number; unitPrice: Money }[];
}

/** What requests bring, all routes in one. */
export interface Body {
  products?: { sku: string; name: string; price: Money }[];
  sku?: string;
  name?: string;
  price?: Money;
  quantity?: number;
  currency?: string;
}

/** An answer that is an error of the contract. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

/** What opens a cart. */
export function tokenOf(cartId: string): string {
  return `token of ${cartId}`;
}

/** Products and carts in memory. */
export class FakeShop {
  private readonly products = new Map<string, { name: string; price: Money }>();
  private readonly carts = new Map<string, Cart>();
  private readonly asked = new Set<string>();
  private adds = 0;

  constructor(private readonly quirk: Quirk | undefined) {}

  importProducts({ products = [] }: Body): object {
    for (const { sku, name, price } of products) {
      this.products.set(sku, { name, price });
    }
    return { created: products.length, updated: 0, unchanged: 0 };
  }

  putProduct(sku: string, { name = '', price }: Body): object {
    if (price === undefined || price.amount < 0) {
      throw new Refusal(422, 'AMOUNT_OUT_OF_RANGE');
    }
    if (this.quirk !== 'ignores a price change that it acknowledged') {
      this.products.set(sku, { name, price });
    }
    return {};
  }

  /** With a token, as a guest gets it. */
  createCart({ currency = '' }: Body): object {
    const cart: Cart = { id: randomUUID(), version: 1, currency, items: [] };
    this.carts.set(cart.id, cart);
    return { ...this.show(cart.id), token: tokenOf(cart.id) };
  }

  add(id: string, { sku = '', quantity = 0 }: Body): [number, object] {
    const cart = this.cart(id);
    const product = this.products.get(sku);
    if (product === undefined) {
      throw new Refusal(404, 'PRODUCT_NOT_FOUND');
    }
    // One that is to be refused has nothing to lose, and which add is the third is up to whoever is faster.
    const isRefusable = quantity < 1;
    if (!isRefusable) this.adds += 1;
    const quirk = this.adds === 3 && !isRefusable ? this.quirk : undefined;
    if (quirk === 'cuts the connection of an add') {
      throw new Error(quirk);
    }
    if (quirk === 'answers an add with 500' || this.quirk === 'answers every add with 500') {
      throw new Refusal(500, 'INTERNAL');
    }
    if (isRefusable && this.quirk !== 'accepts a quantity of nothing') {
      throw new Refusal(422, 'QUANTITY_OUT_OF_RANGE');
    }
    cart.version += quirk === 'repeats a version' ? 0 : 1;
    const item = cart.items.find((candidate) => candidate.sku === sku);
    if (quirk !== 'loses an add that it acknowledged') {
      if (item === undefined) {
        cart.items.push({ id: randomUUID(), sku, name: product.name, quantity, unitPrice: product.price });
      } else {
        item.quantity += quantity;
        item.unitPrice = product.price;
      }
    }
    return [item === undefined || this.quirk === 'answers every add with 201' ? 201 : 200, this.show(id)];
  }

  change(id: string, itemId: string, quantity: number): object {
    const cart = this.cart(id);
    const item = cart.items.find((candidate) => candidate.id === itemId);
    if (item === undefined) {
      throw new Refusal(
        404,
        this.quirk === 'refuses with another code' ? 'CART_NOT_FOUND' : 'ITEM_NOT_FOUND',
      );
    }
    cart.version += 1;
    item.quantity = quantity;
    cart.items = cart.items.filter((candidate) => candidate.quantity > 0);
    return this.show(id);
  }

  /** In pages of three events, so that every longer history takes several. */
  history(id: string, after: number): object {
    const { version: last } = this.cart(id);
    const versions = [after + 1, after + 2, after + 3].filter((version) => version <= last);
    const shown =
      this.quirk === 'leaves a gap in the history' ? versions.filter((version) => version !== 2) : versions;
    return { events: shown.map((version) => ({ version })), next: after + 3 < last ? after + 3 : null };
  }

  /** As {@link show}; a shop whose view is late has each cart at the second time of asking. */
  read(id: string): object {
    if (this.quirk === 'has its view late' && !this.asked.has(id)) {
      this.asked.add(id);
      throw new Refusal(503, 'VIEW_BEHIND');
    }
    return this.show(id);
  }

  show(id: string): object {
    const { version, currency, items } = this.cart(id);
    const lines = items.map((item) => {
      const total = { amount: item.quantity * item.unitPrice.amount, currency };
      return { ...item, options: {}, total };
    });
    const off = this.quirk === 'shows a total that is off by one' ? 1 : 0;
    const total = { amount: lines.reduce((sum, line) => sum + line.total.amount, off), currency };
    const quantity = lines.reduce((sum, line) => sum + line.quantity, 0);
    return {
      id,
      version,
      status: 'active',
      currency,
      items: lines,
      itemCount: lines.length,
      quantity,
      total,
    };
  }

  private cart(id: string): Cart {
    const cart = this.carts.get(id);
    if (cart === undefined) {
      throw new Refusal(404, 'CART_NOT_FOUND');
    }
    return cart;
  }
}
