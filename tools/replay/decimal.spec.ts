import fc from 'fast-check';
import { parseAmount } from './decimal.js';

describe('parseAmount', () => {
  it.each([
    ['2.55', 255],
    ['1.15', 115],
    ['15.0', 1500],
    ['7', 700],
    ['0.0', 0],
    ['-11062.06', -1_106_206],
  ])('reads %s as %i minor units', (text, amount) => {
    expect(parseAmount(text)).toEqual({ amount, rounded: false });
  });

  it.each([
    ['0.001', 0],
    ['0.0049', 0],
    ['0.125', 13],
    ['-0.125', -13],
    ['2.999', 300],
  ])('rounds %s to %i and says so', (text, amount) => {
    expect(parseAmount(text)).toEqual({ amount, rounded: true });
  });

  it('does not call zeros beyond the second decimal rounding', () => {
    expect(parseAmount('2.5500')).toEqual({ amount: 255, rounded: false });
  });

  it('has no negative zero', () => {
    expect(Object.is(parseAmount('-0.00').amount, 0)).toBe(true);
  });

  it('reads every amount of minor units back from its decimal text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (amount) => {
        const digits = String(amount).padStart(3, '0');
        expect(parseAmount(`${digits.slice(0, -2)}.${digits.slice(-2)}`).amount).toBe(amount);
      }),
    );
  });

  it.each(['', '1e3', '.5', '1,50', ' 1', '--1', 'NaN', '90071992547409.92'])('refuses "%s"', (text) => {
    expect(() => parseAmount(text)).toThrow(RangeError);
  });
});
