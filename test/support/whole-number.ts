import { InvalidArgumentError } from 'commander';

/** Reads the value of an option of a command line. @param least the lowest number that it takes */
export function wholeNumber(least = 0): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It has to be a whole number from ${least} on.`);
  };
}
