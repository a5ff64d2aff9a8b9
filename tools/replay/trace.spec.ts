import { type Reading, type Trace, TraceBuilder } from './trace.js';

const add = (
  cart: string,
  sku: string,
  more: { name?: string; price?: number; quantity?: number } = {},
): Reading => {
  const { name = 'Lantern', price = 100, quantity = 1 } = more;
  return { kind: 'add', cart, sku, name, quantity, price, rounded: false };
};

const traceOf = (...readings: Reading[]): Trace => {
  const builder = new TraceBuilder('rees46', 'USD');
  for (const reading of readings) {
    builder.take(reading);
  }
  return builder.build();
};

describe('TraceBuilder', () => {
  it('keeps the rows of a cart in order, also where other carts come in between', () => {
    const trace = traceOf(
      add('a', 'x'),
      add('b', 'x'),
      { kind: 'remove', cart: 'a', sku: 'x' },
      add('a', 'y'),
    );
    const rows = trace.carts.map(({ key, steps }) => [key, steps.map(({ row, kind }) => `${row} ${kind}`)]);
    expect(rows).toEqual([
      ['a', ['1 add', '3 remove', '4 add']],
      ['b', ['2 add']],
    ]);
  });

  it('counts what is passed over by reason, and makes no cart of it', () => {
    const view: Reading = { kind: 'passed-over', reason: 'view' };
    const trace = traceOf(view, add('a', 'x'), view);
    expect([trace.rows, trace.carts.length, [...trace.passedOver]]).toEqual([3, 1, [['view', 2]]]);
  });

  it('takes codes that differ in letter case for different products', () => {
    expect([...traceOf(add('a', '85123A'), add('a', '85123a')).products.keys()]).toEqual([
      '85123A',
      '85123a',
    ]);
  });

  it('gives a product the first price of the trace', () => {
    const trace = traceOf(add('a', 'x', { price: 250 }), add('b', 'x', { price: 300 }));
    expect(trace.products.get('x')?.price).toBe(250);
  });

  it('gives a product the first price that a product can have', () => {
    const trace = traceOf(
      add('a', 'x', { price: -1 }),
      add('b', 'x', { price: 300 }),
      add('c', 'y', { price: -1 }),
    );
    expect([...trace.products.values()].map(({ price }) => price)).toEqual([300, 0]);
  });

  it('gives a product its first description that is not blank, else its code, and 200 characters of it', () => {
    const named = [
      add('a', 'x', { name: ' ' }),
      add('b', 'x', { name: 'MUG ' }),
      add('b', 'x', { name: 'CUP' }),
    ];
    const trace = traceOf(...named, add('a', 'y', { name: '' }), add('a', 'z', { name: '£'.repeat(201) }));
    expect([...trace.products.values()].map(({ name }) => name)).toEqual(['MUG ', 'y', '£'.repeat(200)]);
  });

  it('needs no product for a removal', () => {
    expect(traceOf({ kind: 'remove', cart: 'a', sku: 'x' }).products.size).toBe(0);
  });

  it.each(['BANK CHARGES', 'gift_0001_20', 'a.b:c-d', 'x'.repeat(64)])('takes %s for a SKU', (sku) => {
    expect(traceOf(add('a', sku)).products.has(sku)).toBe(true);
  });

  it.each(['', '.', '..', ' a', 'a ', 'a/b', 'é', 'x'.repeat(65)])('refuses "%s" as a SKU', (sku) => {
    expect(() => traceOf(add('a', sku))).toThrow('cannot be a SKU');
  });
});
