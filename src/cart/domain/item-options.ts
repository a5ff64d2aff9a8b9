import type { ItemOptions } from './cart.events.js';

/**
 * The same options, keys in the order in which jsonb gives them back (shorter first, then by their bytes), so that an
 * item looks the same before and after it was stored.
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

/** Whether two items of one SKU are the same; the order of keys does not matter. */
export function sameOptions(one: ItemOptions, other: ItemOptions): boolean {
  if (one === other) return true;
  const keys = Object.keys(one);
  // Values are strings, which nothing is that an object inherits.
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
