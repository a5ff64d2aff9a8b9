import { isSku } from './sku.port.js';

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
