/** Column transformer for a bigint whose values are exact as numbers. */
export const asNumber = { to: (value: number) => value, from: (value: string) => Number(value) };
