import { murmur2 } from './java-partitioner.js';

describe('murmur2', () => {
  it.each([
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
  ])('gives %s the hash of the Java client', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });
});
