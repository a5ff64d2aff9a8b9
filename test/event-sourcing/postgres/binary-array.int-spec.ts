import fc from 'fast-check';
import {
  BoolArray,
  Int4Array,
  int4Array,
  JsonbArray,
  TextArray,
  TimestampArray,
  UuidArray,
} from '../../../src/event-sourcing/postgres/binary-array.js';
import { LogDatabase } from '../support/log-database.js';

let database: LogDatabase;
beforeAll(async () => {
  database = await LogDatabase.create();
});
afterAll(() => database.drop());

/** What PostgreSQL makes of an array, in JSON, so that the driver's own parsing of arrays is not in the way. */
async function read(type: string, array: Buffer): Promise<unknown> {
  const [row] = await database.query<{ read: unknown }>(`SELECT to_jsonb($1::${type}[]) AS read`, [array]);
  return row?.read;
}

/** Writes lists into arrays that expect one element, so that they have to grow. */
const into =
  <T>(Kind: new (expected: number) => { push(value: T | null): void; finish(): Buffer }) =>
  (values: readonly (T | null)[]): Buffer => {
    const array = new Kind(1);
    for (const value of values) array.push(value);
    return array.finish();
  };

// PostgreSQL keeps no NUL in a text.
const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));

describe('PostgreSQL reads arrays as they were meant', () => {
  const property = async <T>(
    type: string,
    element: fc.Arbitrary<T>,
    write: (values: T[]) => Buffer,
    meant: (value: T) => unknown = (value) => value,
    parse: (shown: unknown) => unknown = (shown) => shown,
  ): Promise<void> => {
    await fc.assert(
      fc.asyncProperty(fc.array(element, { maxLength: 20 }), async (values) => {
        expect(parse(await read(type, write(values)))).toEqual(values.map(meant));
      }),
      { numRuns: 60 },
    );
  };

  it('integers', () => property('integer', fc.integer(), into(Int4Array)));
  it('booleans', () => property('boolean', fc.boolean(), into(BoolArray)));
  it('texts and nulls', () => property('text', fc.option(text), into(TextArray)));
  it('UUIDs and nulls', () => property('uuid', fc.option(fc.uuid()), into(UuidArray)));
  it('UUIDs in capitals', async () => {
    const id = '0190A000-0000-7000-8000-00000000000F';
    expect(await read('uuid', into(UuidArray)([id]))).toEqual([id.toLowerCase()]);
  });
  it('documents', () =>
    property(
      'jsonb',
      fc
        .dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)))
        .map((value) => ({ value })),
      (values) => into(JsonbArray)(values.map((value) => JSON.stringify(value))),
    ));
  it('times to the millisecond, long past and far off', () =>
    property(
      'timestamptz',
      fc.date({
        min: new Date('0001-01-01T00:00:00Z'),
        max: new Date('9999-12-31T23:59:59.999Z'),
        noInvalidDate: true,
      }),
      into(TimestampArray),
      (time) => time.getTime(),
      (shown) => (shown as string[]).map((one) => Date.parse(one)),
    ));
});

describe('what is no value of its type is refused', () => {
  it.each<[string, () => Buffer]>([
    ['an integer that is too large', () => int4Array([2 ** 31])],
    ['a time that is none', () => into(TimestampArray)([new Date(NaN)])],
    ['a UUID that is too short', () => into(UuidArray)(['0190a000'])],
    ['a UUID that is too long', () => into(UuidArray)(['0190a000-0000-7000-8000-0000000000000'])],
    ['a UUID with another letter', () => into(UuidArray)(['0190a000-0000-7000-8000-00000000000x'])],
  ])('%s', (_, write) => {
    expect(write).toThrow();
  });
});
