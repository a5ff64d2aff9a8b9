import { rateOf } from './catch-up.js';

describe('the rate of a catch-up', () => {
  it('counts events of carts from the first look to the last', () => {
    // 9,000 positions in 2 s, of which nine in ten are events of carts.
    expect(rateOf({ position: 1_000, at: 500 }, { position: 10_000, at: 2_500 }, 0.9)).toBeCloseTo(4_050);
  });
});
