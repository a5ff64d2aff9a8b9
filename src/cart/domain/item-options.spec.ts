import { inStoredOrder, sameOptions } from './item-options.js';

describe('options of an item', () => {
  it('are equal in any order of keys, and differ by any key or value', () => {
    expect(sameOptions({ a: '1', b: '2' }, { b: '2', a: '1' })).toBe(true);
    expect(sameOptions({}, {})).toBe(true);
    expect(sameOptions({ a: '1' }, { a: '2' })).toBe(false);
    expect(sameOptions({ a: '1' }, { b: '1' })).toBe(false);
    expect(sameOptions({ a: '1' }, { a: '1', b: '1' })).toBe(false);
    expect(sameOptions({ toString: '' }, { valueOf: '' })).toBe(false);
  });

  it('are put into the order of jsonb: shorter keys first, then by bytes', () => {
    const sent = { colour: 'x', b: '1', ä: '2', aa: '3', a: '4', Z: '5', '😀': '6', '\uffee': '7' };
    expect(Object.keys(inStoredOrder(sent))).toEqual(['Z', 'a', 'b', 'aa', 'ä', '\uffee', '😀', 'colour']);
    expect(inStoredOrder(sent)).toEqual(sent);
  });
});
