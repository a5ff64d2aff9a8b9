import { parseAmount } from './decimal.js';
import { TraceError } from './errors.js';
import type { Reading } from './trace.js';

/** One row by its column names. */
export type Row = Readonly<Record<string, string>>;

/** A kind of file that can be replayed. */
export interface TraceFormat {
  readonly name: string;
  /** The currency of the file's prices, ISO 4217. */
  readonly currency: string;
  /** The columns that are read; a file that has them all is of this format. */
  readonly columns: readonly string[];
  /** @throws TraceError or RangeError where the row cannot be understood; neither names the row's number */
  read(row: Row): Reading;
}

/** REES46 shop events: a session is a cart, a row is one unit. */
const rees46: TraceFormat = {
  name: 'rees46',
  currency: 'USD',
  columns: ['event_type', 'product_id', 'price', 'user_session'],
  read(row) {
    const type = cell(row, 'event_type');
    const sku = cell(row, 'product_id');
    switch (type) {
      case 'cart': {
        const { amount: price, rounded } = parseAmount(cell(row, 'price'));
        const name = `Product ${sku}`;
        return { kind: 'add', cart: cell(row, 'user_session'), sku, name, quantity: 1, price, rounded };
      }
      case 'remove_from_cart':
        return { kind: 'remove', cart: cell(row, 'user_session'), sku };
      case 'purchase':
      case 'view':
        return { kind: 'passed-over', reason: type };
      default:
        throw new TraceError(`unknown event_type "${type}"`);
    }
  },
};

/** UCI "Online Retail": an invoice is a cart, a line adds its quantity; invoices whose number begins with C cancel. */
const onlineRetail: TraceFormat = {
  name: 'online-retail',
  currency: 'GBP',
  columns: ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'UnitPrice'],
  read(row) {
    const cart = cell(row, 'InvoiceNo');
    if (cart.startsWith('C')) {
      return { kind: 'passed-over', reason: 'cancellation' };
    }
    const { amount: price, rounded } = parseAmount(cell(row, 'UnitPrice'));
    const quantity = integer(cell(row, 'Quantity'));
    const [sku, name] = [cell(row, 'StockCode'), cell(row, 'Description')];
    return { kind: 'add', cart, sku, name, quantity, price, rounded };
  },
};

/** Every format that can be replayed. */
export const FORMATS: readonly TraceFormat[] = [rees46, onlineRetail];

/**
 * The format that was asked for, or the one that the header row shows.
 *
 * @throws TraceError where the header fits no format, or not the one asked for
 */
export function chooseFormat(header: readonly string[], asked: string | undefined): TraceFormat {
  const candidates = asked === undefined ? FORMATS : FORMATS.filter(({ name }) => name === asked);
  const format = candidates.find(({ columns }) => columns.every((column) => header.includes(column)));
  if (format === undefined) {
    const names = candidates.map(({ name, columns }) => `${name} (${columns.join(', ')})`).join(' or ');
    throw new TraceError(`the header row lacks the columns of ${names}`);
  }
  return format;
}

function cell(row: Row, column: string): string {
  const value = row[column];
  if (value === undefined) {
    throw new TraceError(`no ${column}`);
  }
  return value;
}

function integer(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new TraceError(`"${text}" is not an integer quantity`);
  }
  return value;
}
