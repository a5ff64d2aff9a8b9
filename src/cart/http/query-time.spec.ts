import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { GetCartDto, pastOf } from './get-cart.dto.js';

const queried = (query: Record<string, unknown>) => plainToInstance(GetCartDto, query);
const isValid = (query: Record<string, unknown>) => validateSync(queried(query)).length === 0;

describe('a time in a query string', () => {
  it.each([
    ['2030-01-31T13:00:00+01:00', '2030-01-31T12:00:00.000Z'],
    ['2030-01-31T06:30:00.25-05:30', '2030-01-31T12:00:00.250Z'],
    ['2030-01-31T12:00:00-00:00', '2030-01-31T12:00:00.000Z'],
    ['2030-03-01T00:30:00+01:00', '2030-02-28T23:30:00.000Z'],
    ['2030-01-31T00:00:00-23:59', '2030-01-31T23:59:00.000Z'],
    ['2030-01-31t12:00:00.123456789012z', '2030-01-31T12:00:00.123Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999-23:59', '+010000-01-01T23:58:59.999Z'],
    // A plus sign that was not escaped is read as a blank, and nothing else can be meant.
    ['2030-01-31T13:00:00 01:00', '2030-01-31T12:00:00.000Z'],
  ])('takes any offset of RFC 3339: %s', (asOf, time) => {
    expect(isValid({ asOf })).toBe(true);
    expect(queried({ asOf }).asOf?.toISOString()).toBe(time);
  });

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
    '2030-01-31T12:00:00+24:00',
    '2030-01-31T12:00:00+01:60',
    '2030-01-31T12:00:00+0100',
    '2030-01-31T12:00:00+01',
    '2030-01-31T12:00:00.Z',
    '2030-01-31 12:00:00Z',
    '2030-01-31T12:00:00Z+01:00',
    '+002030-01-31T12:00:00Z',
    '1893456000000',
  ])('is refused in another form: "%s"', (asOf) => {
    expect(isValid({ asOf })).toBe(false);
  });

  it.each([
    '2030-02-30T12:00:00+01:00',
    '2030-02-30T12:00:00Z',
    '2030-13-01T12:00:00Z',
    '2030-01-31T24:00:00Z',
    '2030-01-31T12:60:00Z',
  ])('is refused where no clock ever shows it: %s', (asOf) => {
    expect(isValid({ asOf })).toBe(false);
  });

  it('is refused twice', () => {
    expect(isValid({ asOf: ['2030-01-31T12:00:00Z', '2030-01-31T12:00:00Z'] })).toBe(false);
  });
});

describe('the past of a cart', () => {
  it('is a version or a time; neither means the present', () => {
    const asOf = new Date('2030-01-31T12:00:00Z');
    expect(pastOf({ version: 0 })).toEqual({ version: 0 });
    expect(pastOf({ asOf })).toEqual({ time: asOf });
    expect(pastOf({})).toBeUndefined();
    expect(() => pastOf({ version: 1, asOf })).toThrow(/not for both/);
  });
});
