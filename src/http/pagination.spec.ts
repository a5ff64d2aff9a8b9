import fc from 'fast-check';
import { decodeCursor, encodeCursor } from './pagination.js';

function isAnything(values: readonly unknown[]): values is string[] {
  return values.length >= 0;
}

function isPair(values: readonly unknown[]): values is [string, number] {
  return values.length === 2 && typeof values[0] === 'string' && typeof values[1] === 'number';
}

const refused = expect.objectContaining({ code: 'VALIDATION_FAILED' }) as Error;

describe('a cursor', () => {
  it('comes back as what it was made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer(), (text, number) => {
        expect(decodeCursor(encodeCursor([text, number]), isPair)).toEqual([text, number]);
      }),
    );
  });

  it('needs no escaping in a query string', () => {
    expect(encodeCursor(['\u{1f6d2}??>>', 1])).toMatch(/^[\w-]+$/);
  });

  it.each([
    '',
    'x',
    '!!',
    'bnVsbA',
    'e30',
    'W10=',
    `${encodeCursor(['a', 1])}=`,
    ` ${encodeCursor(['a', 1])}`,
  ])('is refused when this service never gave out %j', (cursor) => {
    expect(() => decodeCursor(cursor, isAnything)).toThrow(refused);
  });

  it('is refused by another list than its own', () => {
    expect(() => decodeCursor(encodeCursor([1, 'a']), isPair)).toThrow(refused);
  });
});
