import { randomUUID } from 'node:crypto';
import { found, isMoreOf, itemOf, type Cart, type Item, type Line, type Product } from './cart.js';

/** Events of the peers that keep a history. */
export type CartEvent =
  | { readonly type: 'CartOpened'; readonly data: Omit<Cart, 'version' | 'updatedAt'> }
  | { readonly type: 'ItemAdded'; readonly data: { readonly item: Item } }
  | { readonly type: 'QuantityChanged'; readonly data: ItemChange & { readonly quantity: number } }
  | { readonly type: 'ItemRemoved'; readonly data: ItemChange };

interface ItemChange {
  readonly itemId: string;
  readonly at: string;
}

/** All types of events. */
export const EVENT_TYPES = ['CartOpened', 'ItemAdded', 'QuantityChanged', 'ItemRemoved'] as const;

/** Of a cart that was not opened. */
export const NO_CART: Cart = { id: '', version: 0, currency: '', items: [], createdAt: '', updatedAt: '' };

/** The cart after one more event. */
export function evolve(cart: Cart, { type, data }: CartEvent): Cart {
  const version = cart.version + 1;
  switch (type) {
    case 'CartOpened':
      return { ...data, version, updatedAt: data.createdAt };
    case 'ItemAdded':
      return { ...cart, version, items: withItem(cart.items, data.item), updatedAt: data.item.addedAt };
    case 'QuantityChanged': {
      const items = cart.items.map((item) =>
        item.id === data.itemId ? { ...item, quantity: data.quantity } : item,
      );
      return { ...cart, version, items, updatedAt: data.at };
    }
    case 'ItemRemoved':
      return {
        ...cart,
        version,
        items: cart.items.filter(({ id }) => id !== data.itemId),
        updatedAt: data.at,
      };
  }
}

function withItem(items: readonly Item[], added: Item): Item[] {
  const at = items.findIndex((item) => isMoreOf(item, added));
  const present = items[at];
  if (present === undefined) return [...items, added];
  const more = { ...present, quantity: present.quantity + added.quantity, unitPrice: added.unitPrice };
  return items.with(at, more);
}

/** The products, in memory: peers that keep a history look them up at no cost. */
export class Catalogue {
  private readonly products = new Map<string, Product>();

  add(products: readonly Product[]): void {
    for (const product of products) this.products.set(product.sku, product);
  }

  /** @throws NotFoundError for a product that there is not */
  itemOf(line: Line): Item {
    return itemOf(line, found(this.products.get(line.sku), `product ${line.sku}`));
  }
}

/** The event that opens a cart with items in it. */
export function opened(currency: string, items: readonly Item[]): CartEvent {
  const createdAt = new Date().toISOString();
  return { type: 'CartOpened', data: { id: randomUUID(), currency, items, createdAt } };
}

/** @throws NotFoundError for an item that the cart does not have */
export function quantityChanged(cart: Cart, itemId: string, quantity: number): CartEvent {
  return { type: 'QuantityChanged', data: { ...changeOf(cart, itemId), quantity } };
}

/** @throws NotFoundError for an item that the cart does not have */
export function itemRemoved(cart: Cart, itemId: string): CartEvent {
  return { type: 'ItemRemoved', data: changeOf(cart, itemId) };
}

function changeOf(cart: Cart, itemId: string): ItemChange {
  found(
    cart.items.find(({ id }) => id === itemId),
    `item ${itemId}`,
  );
  return { itemId, at: new Date().toISOString() };
}
