const SEED = 0x9747b28c;
const FACTOR = 0x5bd1e995;
const SHIFT = 24;
const BYTES_A_WORD = 4;

/**
 * The 32-bit hash murmur2 of the first bytes of a buffer, as Apache Kafka's Java client computes it for the keys of
 * records.
 * @returns a signed integer of 32 bits
 */
export function murmur2(bytes: Buffer, length = bytes.length): number {
  let hash = SEED ^ length;
  const end = length - (length % BYTES_A_WORD);
  for (let at = 0; at < end; at += BYTES_A_WORD) {
    const word = Math.imul(bytes.readInt32LE(at), FACTOR);
    hash = Math.imul(hash, FACTOR) ^ Math.imul(word ^ (word >>> SHIFT), FACTOR);
  }
  if (end < length) {
    hash = Math.imul(hash ^ bytes.readUIntLE(end, length - end), FACTOR);
  }
  hash = Math.imul(hash ^ (hash >>> 13), FACTOR);
  return hash ^ (hash >>> 15);
}
