import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { IsCurrency, IsOptions, isSku, IsText, MayBeAbsent } from './fields.js';

class Sample {
  @IsText(1, 3)
  name: unknown = 'abc';

  @IsCurrency()
  currency: unknown = 'EUR';

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

describe('a SKU', () => {
  it.each(['A', 'MUG-1', 'a.b_c:d-e', 'two words', '...', '-', 'x'.repeat(64), '\u0031'])(
    'can be %j',
    (sku) => {
      expect(isSku(sku)).toBe(true);
    },
  );

  it.each([
    '',
    '.',
    '..',
    ' A',
    'A ',
    'a/b',
    'caf\u00e9',
    'a\nb',
    'a\tb',
    'A\n',
    'x'.repeat(65),
    1,
    null,
    ['A'],
  ])('cannot be %j', (sku) => {
    expect(isSku(sku)).toBe(false);
  });
});

describe('a text', () => {
  it('is measured in characters, not in UTF-16 units', () => {
    expect(faults({ name: '\u{1f6d2}'.repeat(3) })).toEqual([]);
    expect(faults({ name: '\u{1f6d2}'.repeat(4) })).toEqual(['name']);
    for (const name of ['', 'abcd', 1, null, ['a']]) expect(faults({ name })).toEqual(['name']);
  });
});

describe('a currency', () => {
  it.each(['eur', 'EU', 'ZZZ', 'EURO', '', 978, null])('cannot be %j', (currency) => {
    expect(faults({ currency })).toEqual(['currency']);
  });
});

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
