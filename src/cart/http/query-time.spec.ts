import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { GetCartDto, pastOf } from './get-cart.dto.js';

const queried = (query: Record<string, unknown>) => plainToInstance(GetCartDto, query);
const isValid = (query: Record<string, unknown>) => validateSync(queried(query)).length === 0;

describe('a time in a query string', () => {
  it('is read as UTC', () => {
    for (const asOf of ['2030-01-31T12:00:00Z', '2030-01-31T12:00:00.000Z', '2030-01-31T12:00:00.000999Z']) {
      expect(isValid({ asOf })).toBe(true);
      expect(queried({ asOf }).asOf).toEqual(new Date('2030-01-31T12:00:00.000Z'));
    }
  });

  it.each([
    '',
    'yesterday',
    '2030-01-31',
    '2030-01-31T12:00:00',
    '2030-01-31T12:00:00+01:00',
    '1893456000000',
  ])('is refused in another form: "%s"', (asOf) => {
    expect(isValid({ asOf })).toBe(false);
  });

  it.each(['2030-02-30T12:00:00Z', '2030-13-01T12:00:00Z', '2030-01-31T24:00:00Z', '2030-01-31T12:60:00Z'])(
    'is refused where no clock ever shows it: %s',
    (asOf) => {
      expect(isValid({ asOf })).toBe(false);
    },
  );

  it('is refused twice', () => {
    expect(isValid({ asOf: ['2030-01-31T12:00:00Z', '2030-01-31T12:00:00Z'] })).toBe(false);
  });
});

describe('the past of a cart', () => {
  it('is a version or a time, and neither stands for the present', () => {
    const asOf = new Date('2030-01-31T12:00:00Z');
    expect(pastOf({ version: 0 })).toEqual({ version: 0 });
    expect(pastOf({ asOf })).toEqual({ time: asOf });
    expect(pastOf({})).toBeUndefined();
    expect(() => pastOf({ version: 1, asOf })).toThrow(/not for both/);
  });
});
