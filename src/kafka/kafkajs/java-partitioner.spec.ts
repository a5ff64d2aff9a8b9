import { javaPartitioner } from './java-partitioner.js';

/** What `Utils.murmur2` of the Java client gives. */
const HASHES: readonly (readonly [key: string, hash: number])[] = [
  ['', 275646681],
  ['a', -1563381124],
  ['ab', 316155434],
  ['abc', 479470107],
  ['abcd', -1323649548],
  ['abcde', 461995741],
  ['cart-0197a2c4-6a5e-7b3c-9d1e-2f3a4b5c6d7e', 1974759192],
  ['product-MUG-1', -914961658],
  ['product-Kännchen', -2045889542],
  ['ÿþ', -1869419400],
];
const COUNT = 97;
const partitionMetadata = Array.from({ length: COUNT }, (_, partitionId) => ({
  partitionId,
  partitionErrorCode: 0,
  leader: 1,
  replicas: [],
  isr: [],
}));

describe('the partition of a record', () => {
  const choose = javaPartitioner();

  it.each(HASHES)('is that of the Java client for the key %s, as text and as bytes', (key, hash) => {
    const expected = (hash & 0x7fffffff) % COUNT;
    for (const form of [key, Buffer.from(key)]) {
      const message = { key: form, value: null };
      expect(choose({ topic: 'topic', partitionMetadata, message })).toBe(expected);
    }
  });

  it('is another one each time without a key', () => {
    const message = { key: null, value: null };
    const chosen = [1, 2, 3].map(() => choose({ topic: 'topic', partitionMetadata, message }));
    expect(new Set(chosen).size).toBe(3);
  });
});
