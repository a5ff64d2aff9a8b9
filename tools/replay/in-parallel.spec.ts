import { setImmediate as turn } from 'node:timers/promises';
import { inParallel } from './in-parallel.js';

describe('inParallel', () => {
  it('does everything, in order of start, with no more at a time than allowed', async () => {
    let [now, most] = [0, 0];
    const started: number[] = [];
    await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
      started.push(item);
      now += 1;
      most = Math.max(most, now);
      await turn();
      now -= 1;
    });
    expect([started, most, now]).toEqual([[1, 2, 3, 4, 5], 2, 0]);
  });

  it('throws the first error, starts nothing more, and leaves nothing running', async () => {
    const ended: number[] = [];
    const work = async (item: number): Promise<void> => {
      await turn();
      if (item === 1) {
        throw new Error('first');
      }
      await turn();
      ended.push(item);
    };
    await expect(inParallel([1, 2, 3, 4], 2, work)).rejects.toThrow('first');
    expect(ended).toEqual([2]);
  });
});
