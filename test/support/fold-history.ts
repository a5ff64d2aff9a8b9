import type { Cart, HistoryEvent, Item } from './shop.js';

/** What a cart's history says of its items: written from the contract alone, to check what the service makes of it. */
export type FoldedItem = Pick<Item, 'id' | 'sku' | 'quantity'> & { readonly unitPrice: number };

/** The data of the events that concern an item. */
type ItemData = Readonly<FoldedItem & { itemId: string }>;

/** Adds up a whole history: the items, in the order in which they appeared. */
export function foldHistory(events: readonly HistoryEvent[]): FoldedItem[] {
  const items = new Map<string, FoldedItem>();
  for (const { type, data } of events) {
    const { itemId: id, sku, quantity, unitPrice } = data as unknown as ItemData;
    const item = items.get(id);
    if (type === 'cart.item-added') {
      items.set(id, { id, sku, unitPrice, quantity: quantity + (item?.quantity ?? 0) });
    } else if (type === 'cart.item-quantity-changed' && item) items.set(id, { ...item, quantity });
    else if (type === 'cart.item-repriced' && item) items.set(id, { ...item, unitPrice });
    else if (type === 'cart.item-removed') items.delete(id);
    else if (type === 'cart.cleared') items.clear();
  }
  return [...items.values()];
}

/** Checks that a history has no gap, and that a cart is what its history adds up to. */
export function expectHistoryOf(cart: Cart, events: readonly HistoryEvent[]): void {
  expect(events.map(({ version }) => version)).toEqual(events.map((_event, index) => index + 1));
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  expect(cart.version).toBe(events.length);
  const items = cart.items.map(({ id, sku, quantity, unitPrice }) => {
    return { id, sku, quantity, unitPrice: unitPrice.amount };
  });
  expect(items).toEqual(foldHistory(events));
  const sum = (of: (item: FoldedItem) => number) => items.reduce((all, item) => all + of(item), 0);
  expect(cart).toMatchObject({
    itemCount: items.length,
    quantity: sum(({ quantity }) => quantity),
    total: { amount: sum(({ quantity, unitPrice }) => quantity * unitPrice), currency: cart.currency },
  });
}
