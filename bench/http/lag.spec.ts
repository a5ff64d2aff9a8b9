import { lagOf } from './lag.js';

const at = (position: number, time: number) => ({ position, at: time });

describe('lagOf', () => {
  it('counts for each event until the last view holds it', () => {
    const events = [at(1, 100), at(2, 101), at(3, 110)];
    const details = [at(2, 105), at(3, 112)];
    const summaries = [at(1, 103), at(3, 115)];

    expect(lagOf(events, [details, summaries], 7)).toEqual({
      p50: 5,
      p99: 14,
      max: 14,
      events: 3,
      answerP99: 7,
    });
  });

  it('fails when an event never reached a view', () => {
    expect(() => lagOf([at(1, 100), at(2, 101)], [[at(1, 105)]], 7)).toThrow('never came to position 2');
  });
});
