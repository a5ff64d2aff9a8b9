import { TraceError } from './errors.js';
import { chooseFormat } from './formats.js';

const SHOP_EVENTS = ['event_time', 'event_type', 'product_id', 'price', 'user_id', 'user_session'];
const INVOICES = ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'UnitPrice'];

describe('rees46', () => {
  const read = (type: string): unknown =>
    chooseFormat(SHOP_EVENTS, undefined).read({
      event_type: type,
      product_id: '5773203',
      price: '2.62',
      user_session: 's-1',
    });

  it('reads a cart event as an add of one', () => {
    expect(read('cart')).toEqual({
      kind: 'add',
      cart: 's-1',
      sku: '5773203',
      name: 'Product 5773203',
      quantity: 1,
      price: 262,
      rounded: false,
    });
  });

  it('reads a removal', () => {
    expect(read('remove_from_cart')).toEqual({ kind: 'remove', cart: 's-1', sku: '5773203' });
  });

  it.each(['view', 'purchase'])('passes over a %s', (type) => {
    expect(read(type)).toEqual({ kind: 'passed-over', reason: type });
  });

  it('refuses an event it does not know', () => {
    expect(() => read('wishlist')).toThrow(TraceError);
  });
});

describe('online-retail', () => {
  const line = {
    InvoiceNo: '536365',
    StockCode: '85123A',
    Description: 'HOLDER ',
    Quantity: '6',
    UnitPrice: '2.55',
  };
  const format = chooseFormat(INVOICES, undefined);

  it('reads a line as an add of its quantity', () => {
    const expected = {
      cart: '536365',
      sku: '85123A',
      name: 'HOLDER ',
      quantity: 6,
      price: 255,
      rounded: false,
    };
    expect(format.read(line)).toEqual({ kind: 'add', ...expected });
  });

  it('keeps a quantity that is not positive', () => {
    expect(format.read({ ...line, Quantity: '-10' })).toMatchObject({ kind: 'add', quantity: -10 });
  });

  it('passes over the lines of a cancellation', () => {
    expect(format.read({ ...line, InvoiceNo: 'C536379' })).toEqual({
      kind: 'passed-over',
      reason: 'cancellation',
    });
  });

  it.each(['1.5', '', '1e2', '9007199254740993'])('refuses "%s" as a quantity', (Quantity) => {
    expect(() => format.read({ ...line, Quantity })).toThrow(TraceError);
  });
});

describe('chooseFormat', () => {
  it('knows each format by its header row', () => {
    expect([chooseFormat(SHOP_EVENTS, undefined).name, chooseFormat(INVOICES, undefined).name]).toEqual([
      'rees46',
      'online-retail',
    ]);
  });

  it('refuses a header that is of no format', () => {
    expect(() => chooseFormat(['a', 'b'], undefined)).toThrow(
      'rees46 (event_type, product_id, price, user_session) or',
    );
  });

  it('refuses a header that is not of the format asked for', () => {
    expect(() => chooseFormat(INVOICES, 'rees46')).toThrow(TraceError);
  });
});
