import { Injectable } from '@nestjs/common';
import { CatalogPort, type Product } from '../../catalog/catalog.port.js';
import type { Versioned } from '../../event-sourcing/index.js';
import { withNotices, type CartAnswer } from '../cart-answer.js';
import type { CartContent } from '../cart-content.js';
import { isNoticeable, noticesOf } from '../domain/notices.js';

type KnownProduct = Versioned<Product | undefined>;

interface KeptAnswer {
  readonly answer: CartAnswer;
  /** What the notices were computed from, in the order of the items. */
  readonly products: readonly KnownProduct[];
}

/**
 * Keeps the answer of each cart for as long as the cart's content is in memory. An answer is used again only if the cart and all
 * of its products are still the same objects: every event makes a new one.
 */
@Injectable()
export class KeptAnswers {
  private readonly kept = new WeakMap<CartContent, KeptAnswer>();

  constructor(private readonly catalog: CatalogPort) {}

  /** @returns the same object as before while nothing in it has changed */
  async of(cart: CartContent): Promise<CartAnswer> {
    const kept = this.kept.get(cart);
    if (kept !== undefined && this.isCurrent(kept)) return kept.answer;
    const products = this.knownProducts(cart);
    // This loads the missing products into memory, where the next query finds them.
    if (products === undefined) return withNotices(this.catalog, cart);
    const answer = { cart, notices: noticesOf(cart, offersOf(products)) };
    this.kept.set(cart, { answer, products });
    return answer;
  }

  private isCurrent({ answer, products }: KeptAnswer): boolean {
    const { items } = answer.cart;
    return products.every((product, index) => this.catalog.known(items[index]?.sku ?? '') === product);
  }

  /** @returns `undefined` if one of them is not in memory */
  private knownProducts(cart: CartContent): KnownProduct[] | undefined {
    if (!isNoticeable(cart)) return [];
    const products: KnownProduct[] = [];
    for (const { sku } of cart.items) {
      const product = this.catalog.known(sku);
      if (product === undefined) return undefined;
      products.push(product);
    }
    return products;
  }
}

function offersOf(products: readonly KnownProduct[]): Map<string, Product> {
  const offers = new Map<string, Product>();
  for (const { state } of products) if (state !== undefined) offers.set(state.sku, state);
  return offers;
}
