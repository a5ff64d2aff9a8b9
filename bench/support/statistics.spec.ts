import { quantile, spreadOf } from './statistics.js';

describe('statistics', () => {
  it('has the value in the middle as median, or what lies between the two in the middle', () => {
    expect(spreadOf([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30 });
    expect(spreadOf([40, 10, 20, 30]).median).toBe(25);
    expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7 });
  });

  it('leaves one value in a hundred above the 99th percentile', () => {
    const sorted = Float64Array.from({ length: 100 }, (_, index) => index + 1);
    expect(quantile(sorted, 0.99)).toBe(100);
    expect(quantile(sorted, 0.5)).toBe(51);
    expect(quantile(sorted, 0)).toBe(1);
    expect(quantile(sorted, 1)).toBe(100);
  });

  it('takes nothing of nothing', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});
