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

const texts = new WeakMap<ItemOptions, string>();

/**
 * @returns a text that is the same for the same options, whatever the order of their keys. Kept as long as the options are, so that
 *   looking through a cart of thousands of items does not take them apart again and again.
 */
export function textOf(options: ItemOptions): string {
  let text = texts.get(options);
  if (text === undefined) {
    text = JSON.stringify(Object.entries(options).sort(([one], [other]) => (one < other ? -1 : 1)));
    texts.set(options, text);
  }
  return text;
}

/** Whether two items of one SKU are the same; the order of keys does not matter. */
export function sameOptions(one: ItemOptions, other: ItemOptions): boolean {
  return one === other || textOf(one) === textOf(other);
}
