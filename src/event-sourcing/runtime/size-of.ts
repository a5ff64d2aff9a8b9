/** What each part of a value counts, in addition to its text. */
const PART = 8;
/** Parts that are deeper inside are not looked at. */
const DEEPEST = 10;

/**
 * A rough size of a value in memory, in characters: the texts in it, the names of its properties, and a few for each
 * part.
 * @param around the objects that contain the value
 */
export function sizeOf(value: unknown, around: readonly object[] = []): number {
  if (typeof value === 'string') return PART + value.length;
  if (typeof value !== 'object' || value === null || around.length === DEEPEST) return PART;
  // An object that a transformer has made may contain itself.
  if (around.includes(value)) return PART;
  if (ArrayBuffer.isView(value)) return PART + value.byteLength;
  let size = PART;
  const inside = [...around, value];
  for (const [name, part] of Object.entries(value)) size += name.length + sizeOf(part, inside);
  return size;
}
