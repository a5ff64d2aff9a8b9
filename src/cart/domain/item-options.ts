import type { ItemOptions } from './cart.events.js';

/**
 * The same options with their keys in the order of jsonb (shorter first, then by bytes), so that an item looks the
 * same before and after it was stored.
 */
export function inStoredOrder(options: ItemOptions): ItemOptions {
  const keys = Object.keys(options);
  if (keys.length < 2) return options;
  const sorted = keys.map((key) => Buffer.from(key)).sort((a, b) => a.length - b.length || a.compare(b));
  return Object.fromEntries(
    sorted.map((bytes) => {
      const key = bytes.toString();
      return [key, options[key] ?? ''];
    }),
  );
}

/** @returns a text that is the same for the same options in any order of keys */
export function textOf(options: ItemOptions): string {
  return JSON.stringify(Object.entries(options).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Whether two options are equal; the order of keys does not matter. */
export function sameOptions(one: ItemOptions, other: ItemOptions): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
