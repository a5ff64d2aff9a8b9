import { Book } from './book.js';
import { shown, targetsOf } from './targets.js';
import { VALUES } from './values.js';

describe('targets', () => {
  it('are met or missed by the median of what was measured', () => {
    const book = new Book();
    for (const value of [12, 45, 60]) book.addValue(VALUES.lagP99, value);
    for (const value of [9, 11, 12]) book.addValue(VALUES.lagP50, value);
    const targets = targetsOf(book);

    expect(targets).toContainEqual({
      what: 'event to view at 1,000 adds/s: p99',
      asked: '≤ 50 ms',
      measured: '45 ms',
      isMet: true,
    });
    expect(targets).toContainEqual({
      what: 'event to view at 1,000 adds/s: p50',
      asked: '≤ 10 ms',
      measured: '11 ms',
      isMet: false,
    });
  });

  it('are neither met nor missed when nothing was measured', () => {
    const targets = targetsOf(new Book());
    expect(targets.length).toBeGreaterThan(20);
    expect(new Set(targets.map(({ isMet }) => isMet))).toEqual(new Set([undefined]));
  });

  it('are shown with three digits that count', () => {
    expect([0.123, 12.34, 40_000, 2].map(shown)).toEqual(['0.12', '12.3', '40,000', '2']);
  });
});
