import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { MayBeAbsent } from '../../http/validation/fields.js';
import { IsOptions } from './is-options.js';

class Sample {
  @MayBeAbsent()
  @IsOptions()
  options?: unknown;
}

/** @returns the names of the fields that do not pass */
function faults(plain: object): string[] {
  return validateSync(plainToInstance(Sample, plain)).map(({ property }) => property);
}

const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']));

describe('options', () => {
  it.each<{ options?: unknown }>([
    { options: {} },
    {},
    { options: many(20) },
    { options: { ['k'.repeat(64)]: 'v'.repeat(256) } },
    { options: { ['\u{1f6d2}'.repeat(64)]: '\u{1f6d2}'.repeat(256) } },
    { options: { toString: '', valueOf: '', hasOwnProperty: '' } },
  ])('can be such: %#', (sample) => {
    expect(faults(sample)).toEqual([]);
  });

  it.each<{ options: unknown }>([
    { options: null },
    { options: [] },
    { options: 'text' },
    { options: many(21) },
    { options: { '': 'v' } },
    { options: { ['k'.repeat(65)]: 'v' } },
    { options: { k: 'v'.repeat(257) } },
    { options: { k: 1 } },
    { options: { k: null } },
    { options: { k: {} } },
    { options: { toString: 1 } },
  ])('cannot be such: %#', (sample) => {
    expect(faults(sample)).toEqual(['options']);
  });

  it('keep their keys, also those that every object inherits', () => {
    const options = { toString: 'a', valueOf: 'b', isPrototypeOf: 'c' };
    expect(plainToInstance(Sample, { options }).options).toEqual(options);
  });
});
