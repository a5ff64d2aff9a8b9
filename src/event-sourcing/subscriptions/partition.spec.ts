import * as fc from 'fast-check';
import { murmur2 } from './murmur2.js';
import { checkPartitions, MOST_PARTITIONS, partitionName, partitionOf } from './partition.js';

const COUNTS = fc.integer({ min: 1, max: MOST_PARTITIONS });

// The expected hashes are those of the tests of Apache Kafka, `UtilsTest.testMurmur2`.
it.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('hashes %j as Apache Kafka does', (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});

it('never changes the partition of a key', () => {
  const keys = ['', 'cart-7f', 'SKU-1', '["a","b"]', 'Straße', '💶', 'x'.repeat(2_000)];
  expect(keys.map((key) => partitionOf(key, 4))).toMatchInlineSnapshot(`
   [
     1,
     0,
     0,
     2,
     1,
     1,
     2,
   ]
  `);
  expect(keys.map((key) => partitionOf(key, 7))).toMatchInlineSnapshot(`
   [
     2,
     1,
     5,
     6,
     4,
     2,
     5,
   ]
  `);
});

it('puts every key into one partition, however long it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 800 }), COUNTS, (key, count) => {
      const partition = partitionOf(key, count);
      expect(partition).toBe((murmur2(Buffer.from(key)) & 0x7fffffff) % count);
      expect(partition).toBeLessThan(count);
    }),
  );
});

it('spreads similar keys evenly', () => {
  const sizes = [0, 0, 0, 0];
  for (let nr = 0; nr < 10_000; nr += 1) {
    const partition = partitionOf(`cart-${nr}`, 4);
    sizes[partition] = (sizes[partition] ?? 0) + 1;
  }
  for (const size of sizes) expect(Math.abs(size - 2_500)).toBeLessThan(250);
});

it('names partitions by their number too, and leaves the name of a handler that is not split', () => {
  expect(partitionName('carts', { index: 0, count: 1 })).toBe('carts');
  expect(partitionName('carts', { index: 3, count: 4 })).toBe('carts/3of4');
});

it.each([0, -1, 1.5, NaN, MOST_PARTITIONS + 1])('refuses %d partitions', (count) => {
  expect(() => {
    checkPartitions('carts', count);
  }).toThrow(`"carts" asks for ${count} partitions. Give a whole number from 1 to 64.`);
});

it('refuses names of handlers that look like partitions', () => {
  expect(() => {
    checkPartitions('carts/0of4');
  }).toThrow('such names are reserved for partitions');
});
