/** Column transformer for a bigint with values up to 2^53-1, which are exact as numbers. */
export const asNumber = { to: (value: number) => value, from: (value: string) => Number(value) };
