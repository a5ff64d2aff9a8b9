import { Injectable } from '@nestjs/common';
import { CatalogPort, type Product } from '../../catalog/port/catalog.port.js';
import type { WatchedState } from '../../event-sourcing/index.js';
import { isNoticeable, noticesOf, type Notice } from '../domain/notices.js';
import type { CartContent } from './cart-content.js';

/** A cart, and how its products differ from the present catalogue. */
export interface CartAnswer {
  readonly cart: CartContent;
  readonly notices: readonly Notice[];
}

type KnownProduct = WatchedState<Product | undefined>;

interface KeptAnswer {
  readonly answer: CartAnswer;
  /** The notices were computed from these, in the order of the items. */
  readonly products: readonly KnownProduct[];
}

/** From so many items on, the products of the version before are kept. For smaller carts that would waste memory. */
const LARGE = 32;

/**
 * Compares carts with the present catalogue. An answer is kept while the cart's content is in memory. It is used
 * again only if no product of the cart has changed.
 */
@Injectable()
export class CartAnswers {
  /** By content, or for large carts by first item: the versions of a cart share its items and most of its products. */
  private readonly kept = new WeakMap<object, KeptAnswer>();

  constructor(private readonly catalog: CatalogPort) {}

  /** @returns the same object as before if neither the content nor one of its products has changed */
  async of(cart: CartContent): Promise<CartAnswer> {
    const key = keyOf(cart);
    const kept = this.kept.get(key);
    if (kept?.answer.cart === cart && kept.products.every(({ isCurrent }) => isCurrent)) return kept.answer;
    const products = this.productsOf(cart, kept);
    if (products === undefined) return this.load(cart);
    const offers = products.map(({ value }) => value.state);
    const answer = { cart, notices: noticesOf(cart, offers) };
    this.kept.set(key, { answer, products });
    return answer;
  }

  /** @returns `undefined` if one of them is not in memory */
  private productsOf(cart: CartContent, kept: KeptAnswer | undefined): KnownProduct[] | undefined {
    if (!isNoticeable(cart)) return [];
    const products: KnownProduct[] = [];
    for (const [index, { sku }] of cart.items.entries()) {
      const before = kept?.answer.cart.items[index]?.sku === sku ? kept.products[index] : undefined;
      const product = before?.isCurrent ? before : this.catalog.known(sku);
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

function keyOf(cart: CartContent): object {
  const [first] = cart.items;
  return first !== undefined && cart.items.length >= LARGE ? first : cart;
}
