import type { Cart, HistoryEvent, Item, Notice } from '../support/shop.js';
import type { ModelCart, ModelItem, ModelProduct } from './cart-model.js';

/** The cart of an answer, as the model has it. */
export function shown({ id, version, status, customerId, currency, items }: Cart): ModelCart {
  const modelItems = items.map(({ id, sku, name, options, quantity, unitPrice }) => {
    return { id, sku, name, options, quantity, unitPrice: unitPrice.amount };
  });
  return { id, version, status, customerId, currency, items: modelItems };
}

/** Checks that the sums of an answer match its items. */
export function addsUp({ items, itemCount, quantity, total, currency }: Cart): boolean {
  const sum = (of: (item: Item) => number) => items.reduce((all, item) => all + of(item), 0);
  return (
    itemCount === items.length &&
    quantity === sum((item) => item.quantity) &&
    total.currency === currency &&
    total.amount === sum((item) => item.total.amount) &&
    items.every((item) => item.total.amount === item.quantity * item.unitPrice.amount)
  );
}

/** The expected notice of an item, as text for comparison. */
export function noticeOf(
  { id: itemId, unitPrice }: ModelItem,
  product: ModelProduct,
  currency: string,
): string {
  if (product?.active !== true || product.currency !== currency) {
    return JSON.stringify({ code: 'UNAVAILABLE', itemId });
  }
  if (product.amount === unitPrice) return 'none';
  const previous = { amount: unitPrice, currency };
  const current = { amount: product.amount, currency };
  return JSON.stringify({ code: 'PRICE_CHANGED', itemId, previous, current });
}

/** A notice of an answer, as the same text. */
export function textOf({ code, itemId, previous, current }: Notice): string {
  return JSON.stringify({ code, itemId, previous, current });
}

/** The data of an event. */
type Data = Readonly<Partial<ModelItem & { itemId: string; customerId: string | null; currency: string }>>;

/**
 * The states of a history, computed by the contract alone.
 * @returns by version; version 0 has none
 */
export function statesOf(cartId: string, events: readonly HistoryEvent[]): (ModelCart | undefined)[] {
  const states: (ModelCart | undefined)[] = [undefined];
  let cart: ModelCart = {
    id: cartId,
    version: 0,
    status: 'active',
    customerId: null,
    currency: '',
    items: [],
  };
  for (const { type, version, data } of events) {
    cart = { ...cart, ...after(cart, type, data), version };
    states.push(cart);
  }
  return states;
}

function after(cart: ModelCart, type: string, data: Data): Partial<ModelCart> {
  const { itemId: id = '', sku = '', name = '', options = {}, quantity = 0, unitPrice = 0 } = data;
  const changed = (change: (item: ModelItem) => Partial<ModelItem>) =>
    cart.items.map((item) => (item.id === id ? { ...item, ...change(item) } : item));
  switch (type) {
    case 'cart.opened':
      return { customerId: data.customerId ?? null, currency: data.currency ?? '' };
    case 'cart.item-added':
      if (cart.items.every((item) => item.id !== id)) {
        return { items: [...cart.items, { id, sku, name, options, quantity, unitPrice }] };
      }
      return { items: changed((item) => ({ name, unitPrice, quantity: item.quantity + quantity })) };
    case 'cart.item-quantity-changed':
      return { items: changed(() => ({ quantity })) };
    case 'cart.item-repriced':
      return { items: changed(() => ({ name, unitPrice })) };
    case 'cart.item-removed':
      return { items: cart.items.filter((item) => item.id !== id) };
    case 'cart.cleared':
      return { items: [] };
    case 'cart.discarded':
      return { status: 'discarded' };
    case 'cart.claimed':
      return { customerId: data.customerId ?? null };
    case 'cart.merged':
      return { status: 'merged', customerId: data.customerId ?? null };
    default:
      throw new Error(`The model knows no event "${type}".`);
  }
}
