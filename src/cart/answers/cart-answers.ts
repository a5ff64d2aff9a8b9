import { Injectable } from '@nestjs/common';
import { CatalogPort, type Product } from '../../catalog/port/catalog.port.js';
import type { Versioned } from '../../event-sourcing/index.js';
import { isNoticeable, noticesOf, type Notice } from '../domain/notices.js';
import type { CartContent } from './cart-content.js';

/** A cart, and how its products differ from the present catalogue. */
export interface CartAnswer {
  readonly cart: CartContent;
  readonly notices: readonly Notice[];
}

type KnownProduct = Versioned<Product | undefined>;

interface KeptAnswer {
  readonly answer: CartAnswer;
  /** The notices were computed from these, in the order of the items. */
  readonly products: readonly KnownProduct[];
}

/**
 * Compares carts with the present catalogue. An answer is kept while the cart's content is in memory. It is used
 * again only if all products of the cart are still the same objects, because every event makes a new object.
 */
@Injectable()
export class CartAnswers {
  private readonly kept = new WeakMap<CartContent, KeptAnswer>();

  constructor(private readonly catalog: CatalogPort) {}

  /** @returns the same object as before if neither the content nor one of its products has changed */
  async of(cart: CartContent): Promise<CartAnswer> {
    const kept = this.kept.get(cart);
    if (kept !== undefined && this.isCurrent(kept)) return kept.answer;
    const products = this.knownProducts(cart);
    if (products === undefined) return this.load(cart);
    const offers = products.map(({ state }) => state);
    const answer = { cart, notices: noticesOf(cart, offers) };
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

  /** Loads the missing products into memory, where the next query finds them. */
  private async load(cart: CartContent): Promise<CartAnswer> {
    const skus = cart.items.map(({ sku }) => sku);
    const offers = await this.catalog.present(skus);
    return {
      cart,
      notices: noticesOf(
        cart,
        skus.map((sku) => offers.get(sku)),
      ),
    };
  }
}
