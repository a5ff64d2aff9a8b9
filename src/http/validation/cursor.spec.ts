import fc from 'fast-check';
import { CURSOR_FLAG, CURSOR_POSITION, CURSOR_TIME, CursorCodec, cursorValue } from './cursor.js';
import { isUuid } from './fields.js';

const id = '01a2073a-183a-71ed-b80f-59128d6cef86';
const isSku = (value: unknown): value is string => typeof value === 'string' && /^[ -~]{1,64}$/.test(value);
const skus = new CursorCodec<{ sku: string }>({ sku: cursorValue(isSku) });
const places = new CursorCodec<{ at: Date; id: string }>({ at: CURSOR_TIME, id: cursorValue(isUuid) });
const queued = new CursorCodec<{ late: boolean; order: number }>({
  late: CURSOR_FLAG,
  order: CURSOR_POSITION,
});
const textOf = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64url');

describe('a cursor', () => {
  it('decodes to the place that was encoded', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w.:-]{1,64}$/), (sku) => {
        expect(skus.decode(skus.encode({ sku }))).toEqual({ sku });
      }),
    );
    fc.assert(
      fc.property(fc.boolean(), fc.maxSafeNat(), (late, order) => {
        expect(queued.decode(queued.encode({ late, order }))).toEqual({ late, order });
      }),
    );
    const [min, max] = [new Date('0001-01-01T00:00:00.000Z'), new Date('9999-12-31T23:59:59.999Z')];
    fc.assert(
      fc.property(fc.date({ min, max, noInvalidDate: true }), fc.uuid(), (at, uuid) => {
        expect(places.decode(places.encode({ at, id: uuid }))).toEqual({ at, id: uuid });
      }),
    );
  });

  it('needs no escaping in a query string', () => {
    expect(skus.encode({ sku: 'a:b c?>>' })).toMatch(/^[\w-]+$/);
  });

  it('contains only the sort key of an entry', () => {
    expect(skus.encode({ sku: 'A', name: 'not in it' } as { sku: string })).toBe(skus.encode({ sku: 'A' }));
  });

  it.each(['', 'x', '!!', 'bnVsbA', 'e30', 'W10=', `${skus.encode({ sku: 'A' })}=`, ' WyJBIl0', 'WyAiQSJd'])(
    'is refused if it is not one of this service: %j',
    (text) => {
      expect(skus.decode(text)).toBeUndefined();
    },
  );

  it.each([
    { sku: textOf(['\u0000']) },
    { sku: textOf(['A\u0000']) },
    { sku: textOf(['\ud800']) },
    { sku: textOf(['x'.repeat(65)]) },
    { place: textOf([-300000000000000, id]) },
    { place: textOf([8.64e15, id]) },
    { place: textOf([0.5, id]) },
    { place: textOf(['0', id]) },
    { place: textOf([0, 'A']) },
    { place: textOf([0, id, 1]) },
    { place: textOf([0]) },
    { queued: textOf([true, -1]) },
    { queued: textOf([true, 2 ** 53]) },
    { queued: textOf([1, 1]) },
  ])('is refused if a field violates its rule: %j', ({ sku = '', place = '', queued: queue = '' }) => {
    expect([skus.decode(sku), places.decode(place), queued.decode(queue)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is refused by other lists', () => {
    expect(places.decode(skus.encode({ sku: 'A' }))).toBeUndefined();
    expect(skus.decode(queued.encode({ late: true, order: 1 }))).toBeUndefined();
  });

  it('is refused if it is too long', () => {
    expect(skus.decode('A'.repeat(100_000))).toBeUndefined();
  });
});
