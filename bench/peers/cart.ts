import { randomUUID } from 'node:crypto';

/** What a request asks for. */
export interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly options?: Readonly<Record<string, string>>;
}

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: { readonly amount: number; readonly currency: string };
}

export interface Item {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  readonly quantity: number;
  /** Minor units. */
  readonly unitPrice: number;
  readonly addedAt: string;
}

/** A cart as all peers know it. */
export interface Cart {
  readonly id: string;
  readonly version: number;
  readonly currency: string;
  readonly items: readonly Item[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The body that Cartwright answers with, for a cart without notices. */
export function cartBody({ id, version, currency, items, createdAt, updatedAt }: Cart) {
  const money = (amount: number) => ({ amount, currency });
  return {
    id,
    version,
    status: 'active',
    customerId: null,
    currency,
    items: items.map(({ id: itemId, sku, name, options, quantity, unitPrice, addedAt }) => ({
      id: itemId,
      sku,
      name,
      options,
      quantity,
      unitPrice: money(unitPrice),
      total: money(unitPrice * quantity),
      addedAt,
    })),
    itemCount: items.length,
    quantity: items.reduce((sum, { quantity }) => sum + quantity, 0),
    total: money(items.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * quantity, 0)),
    notices: [],
    createdAt,
    updatedAt,
  };
}

/** A new item of a product. */
export function itemOf({ sku, quantity, options = {} }: Line, { name, price }: Product): Item {
  const addedAt = new Date().toISOString();
  return { id: randomUUID(), sku, name, options, quantity, unitPrice: price.amount, addedAt };
}

/** Whether a line asks for more of an item. The order of options does not matter. */
export function isMoreOf({ sku, options }: Pick<Item, 'sku' | 'options'>, line: Line): boolean {
  const wanted = Object.entries(line.options ?? {});
  return (
    sku === line.sku &&
    wanted.length === Object.keys(options).length &&
    wanted.every(([name, value]) => options[name] === value)
  );
}

/** What the peers do, each in its way. Versions are those after the change. */
export interface CartStore {
  importProducts(products: readonly Product[]): Promise<void>;
  open(currency: string, lines: readonly Line[]): Promise<Cart>;
  /** @throws ConflictError when it lost against somebody else's change */
  add(cartId: string, line: Line): Promise<number>;
  change(cartId: string, itemId: string, quantity: number): Promise<number>;
  remove(cartId: string, itemId: string): Promise<number>;
  get(cartId: string): Promise<Cart>;
}

/** There is no such cart, item or product. */
export class NotFoundError extends Error {
  readonly statusCode = 404;
}

/** Somebody else changed the cart meanwhile. */
export class ConflictError extends Error {
  readonly statusCode = 409;
}

/** @throws NotFoundError for undefined and null */
export function found<T>(value: T | null | undefined, what: string): T {
  if (value === undefined || value === null) throw new NotFoundError(`There is no ${what}.`);
  return value;
}
