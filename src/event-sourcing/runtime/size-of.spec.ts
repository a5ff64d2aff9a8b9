import { sizeOf } from './size-of.js';

describe('the size of a value', () => {
  it('grows with its texts, the names of its properties, and its parts', () => {
    const small = { id: 'a', options: {} };
    expect(sizeOf({ id: 'a'.repeat(1_001), options: {} })).toBe(sizeOf(small) + 1_000);
    expect(sizeOf({ id: 'a', options: { ['k'.repeat(500)]: 'v'.repeat(500) } })).toBeGreaterThan(1_000);
    expect(sizeOf(Array.from({ length: 1_000 }, () => 1))).toBeGreaterThan(8_000);
    expect(sizeOf(Buffer.alloc(1_000))).toBeGreaterThanOrEqual(1_000);
    expect(sizeOf(small)).toBeLessThan(100);
  });

  it('is that of a few parts for values without texts, and for objects that contain themselves', () => {
    const own: { self?: object } = {};
    own.self = own;
    for (const value of [undefined, null, 1, 1n, true, new Date(), own]) {
      expect(sizeOf(value)).toBeLessThan(200);
    }
    const parent: { parts?: object[] } = {};
    parent.parts = Array.from({ length: 1_000 }, () => ({ parent }));
    expect(sizeOf(parent)).toBeLessThan(100_000);
  });
});
