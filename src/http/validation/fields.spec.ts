import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { IsCurrency, IsText } from './fields.js';

class Sample {
  @IsText(1, 3)
  name: unknown = 'abc';

  @IsCurrency()
  currency: unknown = 'EUR';
}

/** @returns the names of the fields that do not pass */
function faults(plain: object): string[] {
  return validateSync(plainToInstance(Sample, plain)).map(({ property }) => property);
}

describe('a text', () => {
  it('is measured in characters, not in UTF-16 units', () => {
    expect(faults({ name: '\u{1f6d2}'.repeat(3) })).toEqual([]);
    expect(faults({ name: '\u{1f6d2}'.repeat(4) })).toEqual(['name']);
    for (const name of ['', 'abcd', 1, null, ['a']]) expect(faults({ name })).toEqual(['name']);
  });
});

describe('a currency', () => {
  it.each(['eur', 'EU', 'ZZZ', 'EURO', '', 978, null])('is not %j', (currency) => {
    expect(faults({ currency })).toEqual(['currency']);
  });
});
