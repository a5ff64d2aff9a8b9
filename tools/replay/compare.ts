import type { ExpectedCart } from './cart-model.js';
import { brief, elements, member } from './json.js';

const CART_FIELDS = ['id', 'version', 'status', 'currency', 'itemCount', 'quantity', 'total'];
const ITEM_FIELDS = ['sku', 'name', 'options', 'quantity', 'unitPrice', 'total'];

/**
 * Holds a cart that the service showed against the model's, item by item and to the cent. The order of the items does
 * not count, a product that is there twice does.
 *
 * @returns one line a difference, none where the carts are equal
 */
export function compareCart(id: string, version: number, expected: ExpectedCart, actual: unknown): string[] {
  const wanted = leaves({ id, version, ...expected });
  const got = leaves(actual);
  const paths = new Set([...wanted.keys(), ...got.keys()]);
  return [...paths]
    .filter((path) => wanted.get(path) !== got.get(path))
    .map((path) => `${path}: expected ${wanted.get(path) ?? 'nothing'}, got ${got.get(path) ?? 'nothing'}`);
}

/**
 * Holds the versions of a cart's recorded events against the cart's version: 1, 2, … n, without a gap or a repeat.
 *
 * @returns one line where they differ, else none
 */
export function compareHistory(version: number, versions: readonly unknown[]): string[] {
  const stray = versions.findIndex((value, index) => value !== index + 1);
  if (stray !== -1) {
    return [`history: event ${stray + 1} has version ${brief(versions[stray])}`];
  }
  return versions.length === version ? [] : [`history: expected ${version} events, got ${versions.length}`];
}

/** What is compared of a cart: every value by its path, written as JSON so that 1 and "1" differ. */
function leaves(cart: unknown): ReadonlyMap<string, string> {
  const into = new Map<string, string>();
  for (const field of CART_FIELDS) {
    collect(field, member(cart, field), into);
  }
  const copies = new Map<unknown, number>();
  for (const item of elements(member(cart, 'items'))) {
    const sku = member(item, 'sku');
    const copy = (copies.get(sku) ?? 0) + 1;
    copies.set(sku, copy);
    for (const field of ITEM_FIELDS) {
      const name = `items[${brief(sku)}${copy > 1 ? ` again, ${copy}` : ''}].${field}`;
      collect(name, member(item, field), into);
    }
  }
  return into;
}

function collect(path: string, value: unknown, into: Map<string, string>): void {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) {
    into.set(path, value === undefined ? 'nothing' : JSON.stringify(value));
  }
  for (const [name, inner] of entries) {
    collect(`${path}.${name}`, inner, into);
  }
}
