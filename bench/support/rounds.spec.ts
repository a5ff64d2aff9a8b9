import { inRounds, ratios } from './rounds.js';

describe('rounds', () => {
  it('measures all contestants in turn, round after round', async () => {
    const order: string[] = [];
    const contestant = (name: string) => ({
      name,
      measure: () => Promise.resolve(order.push(name)),
    });

    const results = await inRounds([contestant('A'), contestant('B')], 3, () => undefined);

    expect(order).toEqual(['A', 'B', 'A', 'B', 'A', 'B']);
    expect(results.get('B')).toEqual([2, 4, 6]);
  });

  it('compares what was measured in the same round', () => {
    const results = new Map([
      ['A', [10, 40]],
      ['B', [5, 10]],
    ]);
    expect(ratios(results, 'A', 'B', (value) => value)).toEqual([2, 4]);
  });
});
