import { errorText } from './error-details.js';
import { pauseAfter } from './retry-policy.js';

describe('the pauses after failures', () => {
  it('grow fourfold until the last attempt, after which there is none', () => {
    const policy = { attempts: 4, firstPauseMs: 200 };
    expect([1, 2, 3, 4, 5].map((attempts) => pauseAfter(attempts, policy))).toEqual([
      200,
      800,
      3_200,
      null,
      null,
    ]);
  });
});

describe('what is written down of an error', () => {
  it('is its stack, cut to a length that can be stored, without what PostgreSQL cannot store', () => {
    expect(errorText(new Error('it broke'))).toMatch(/it broke[^]*retry-policy\.spec/);
    expect(errorText(`a\0${'b'.repeat(5_000)}`)).toBe(`a${'b'.repeat(1_999)}`);
  });
});
