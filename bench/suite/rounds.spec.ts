import { tolerantRounds } from './rounds.js';

describe('tolerantRounds', () => {
  it('goes on with the others when one fails', async () => {
    const results: [string, number | undefined][] = [];
    const failures: [string, unknown][] = [];
    const broken = new Error('broken');
    let turn = 0;
    await tolerantRounds(
      [
        { name: 'A', measure: () => ((turn += 1) === 2 ? Promise.reject(broken) : Promise.resolve(turn)) },
        { name: 'B', measure: () => Promise.resolve(9) },
      ],
      { rounds: 3, fewest: 1, deadline: Infinity },
      (name, result) => results.push([name, result]),
      (name, error) => failures.push([name, error]),
    );

    expect(failures).toEqual([['A', broken]]);
    expect(results).toEqual([
      ['A', 1],
      ['B', 9],
      ['A', undefined],
      ['B', 9],
      ['A', undefined],
      ['B', 9],
    ]);
  });

  it('measures the fewest rounds even when the time is over', async () => {
    const results: string[] = [];
    await tolerantRounds(
      [{ name: 'A', measure: () => Promise.resolve(1) }],
      { rounds: 5, fewest: 3, deadline: -Infinity },
      (name) => results.push(name),
      () => undefined,
    );
    expect(results).toEqual(['A', 'A', 'A']);
  });
});
