import type { BenchCart } from '../http/shop.js';
import { perCart, skuIn } from './adds.js';
import { SCENARIOS, scenarioNamed } from './scenarios.js';

const cart = (id: string): BenchCart => ({
  id,
  token: 't',
  version: 3,
  items: [
    { id: 'i1', sku: 'A' },
    { id: 'i2', sku: 'B' },
  ],
});

describe('scenarios', () => {
  it('have names of their own', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  });

  it('are found by name, and an unknown name is told which there are', () => {
    expect(scenarioNamed('add-5').calls).toBeGreaterThan(0);
    expect(() => scenarioNamed('add-6')).toThrow(/no scenario "add-6".*add-5/);
  });

  it('send each cart a request in turn, as many as are asked for', () => {
    const requests = perCart([cart('x'), cart('y')], 5, ({ id }, turn) => `${id}${turn}`);
    expect(requests).toEqual([['x0'], ['y0'], ['x1'], ['y1'], ['x2']]);
  });

  it('add more of items that are there', () => {
    expect([0, 1, 2].map((turn) => skuIn(cart('x'), turn))).toEqual(['A', 'B', 'A']);
  });
});
