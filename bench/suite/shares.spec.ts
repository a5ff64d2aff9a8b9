import { deadlinesOf } from './shares.js';

describe('the time of the parts', () => {
  it('is shared by all that run, up to the last minute', () => {
    const deadlines = deadlinesOf(['adds', 'changes'], 1_000, 3);
    expect([...deadlines]).toEqual([
      ['adds', 121_000],
      ['changes', 181_000],
    ]);
  });
});
