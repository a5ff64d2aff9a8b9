/** What each part of a value counts, in addition to its text. */
const PART = 8;
/** Parts that are deeper inside are not looked at: an object of a transformer may contain itself. */
const DEEPEST = 10;

/**
 * A rough size of a value in memory, in characters: the texts in it, the names of its properties, and a few for each
 * part.
 */
export function sizeOf(value: unknown, depth = 0): number {
  if (typeof value === 'string') return PART + value.length;
  if (typeof value !== 'object' || value === null || depth === DEEPEST) return PART;
  if (ArrayBuffer.isView(value)) return PART + value.byteLength;
  let size = PART;
  for (const [name, part] of Object.entries(value)) size += name.length + sizeOf(part, depth + 1);
  return size;
}
