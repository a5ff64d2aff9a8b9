/** An amount in minor units, and whether the text was finer than a minor unit. */
export interface ParsedAmount {
  readonly amount: number;
  readonly rounded: boolean;
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * Reads a decimal price of a currency with two decimals exactly, digit by digit: `"2.55"` is 255, `"15.0"` is 1500. It
 * never multiplies a fraction, because 2.55 * 100 is 254.99999999999997 in floating point.
 *
 * A shop cannot charge a fraction of a penny, so further decimals are rounded half away from zero (`"0.001"` is 0,
 * `"0.125"` is 13) and the caller is told, so that the report can say how many prices were not kept to the digit.
 *
 * @throws RangeError where the text is no plain decimal or the amount is beyond 2^53 - 1
 */
export function parseAmount(text: string): ParsedAmount {
  const match = DECIMAL.exec(text);
  if (match === null) {
    throw new RangeError(`"${text}" is not a decimal number`);
  }
  const [, sign = '', whole = '', fraction = ''] = match;
  const kept = Number(whole + fraction.slice(0, 2).padEnd(2, '0'));
  const rest = fraction.slice(2);
  const magnitude = rest >= '5' ? kept + 1 : kept;
  if (!Number.isSafeInteger(magnitude)) {
    throw new RangeError(`"${text}" is more than a price can be`);
  }
  // 0 - 0 is 0: a refunded nothing must not become -0, which Object.is and JSON tell apart from 0.
  return { amount: sign === '-' ? 0 - magnitude : magnitude, rounded: /[1-9]/.test(rest) };
}
