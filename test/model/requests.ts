import type { Cart } from '../support/shop.js';
import type { Change, ItemChange } from './cart-model.js';
import type { ChangeWish, Condition, ItemWish } from './wishes.js';

const UNKNOWN_ITEM = '00000000-0000-4000-8000-000000000000';

/**
 * The change that a wish asks for.
 * @param known the cart as last seen
 */
export function changeOf(
  wish: ChangeWish['change'],
  known: Cart,
  skuOf: (product: number) => string,
): Change {
  const itemChangeOf = (one: ItemWish): ItemChange => {
    if (one.op === 'add') {
      const { product, ...rest } = one;
      return { ...rest, sku: skuOf(product) };
    }
    const { place, ...rest } = one;
    return { ...rest, itemId: known.items[place]?.id ?? UNKNOWN_ITEM };
  };
  if (wish.op === 'several') return { op: 'several', operations: wish.operations.map(itemChangeOf) };
  return wish.op === 'add' || wish.op === 'change' || wish.op === 'remove'
    ? itemChangeOf(wish)
    : { op: wish.op };
}

/** The header of a condition, and the versions that it allows. */
export function conditionOf(
  condition: Condition,
  known: number,
): { header?: string; expected: readonly number[] | 'malformed' | undefined } {
  const older = Math.max(1, known - 1);
  switch (condition) {
    case 'none':
      return { expected: undefined };
    case 'any':
      return { header: '*', expected: undefined };
    case 'known':
      return { header: `"${known}"`, expected: [known] };
    case 'older':
      return { header: `"${older}"`, expected: [older] };
    case 'known or older':
      return { header: `"${older}", "${known}-of-some-notices"`, expected: [older, known] };
    case 'weak':
      return { header: `W/"${known}"`, expected: [] };
    case 'unquoted':
      return { header: String(known), expected: 'malformed' };
  }
}

/** The request for a change, below the path of the cart. */
export function requestOf(change: Change): {
  method: 'POST' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
} {
  switch (change.op) {
    case 'add': {
      const { sku, quantity, options } = change;
      return { method: 'POST', path: '/items', body: { sku, quantity, ...(options && { options }) } };
    }
    case 'change':
      return { method: 'PATCH', path: `/items/${change.itemId}`, body: { quantity: change.quantity } };
    case 'remove':
      return { method: 'DELETE', path: `/items/${change.itemId}` };
    case 'clear':
      return { method: 'DELETE', path: '/items' };
    case 'reprice':
      return { method: 'POST', path: '/repricings', body: {} };
    case 'discard':
      return { method: 'DELETE', path: '' };
    case 'several':
      return { method: 'PATCH', path: '/items', body: { operations: change.operations } };
  }
}
