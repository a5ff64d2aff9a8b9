import { accepted, type Expectation, refused } from './expectation.js';
import type { TraceProduct } from './trace.js';

/** Money as the service writes it: minor units and an ISO 4217 code. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** The part of a cart's representation that follows from the commands alone. */
export interface ExpectedCart {
  readonly status: string;
  readonly currency: string;
  readonly items: readonly {
    readonly sku: string;
    readonly name: string;
    readonly options: Readonly<Record<string, never>>;
    readonly quantity: number;
    readonly unitPrice: Money;
    readonly total: Money;
  }[];
  readonly itemCount: number;
  readonly quantity: number;
  readonly total: Money;
}

/** What a removal of one unit has to be, given what the cart holds. */
export type Removal =
  | { readonly kind: 'change'; readonly quantity: number; readonly itemId: string | undefined }
  | { readonly kind: 'delete'; readonly itemId: string | undefined }
  | { readonly kind: 'absent' };

interface ModelItem {
  readonly name: string;
  quantity: number;
  unitPrice: number;
  itemId: string | undefined;
}

const MOST_OF_AN_ITEM = 999_999;
const MOST_ITEMS = 2_000;

/**
 * The cart's rules once more, in a few lines and in memory, to hold the service against. It takes nothing from the
 * service but the ids of items, which only serve to address them.
 */
export class CartModel {
  private readonly items = new Map<string, ModelItem>();

  constructor(private readonly currency: string) {}

  /** Whether the cart holds the product, so that an add will add up instead of making an item. */
  has(sku: string): boolean {
    return this.items.has(sku);
  }

  /** Adds `quantity` units at `unitPrice` (minor units) where the rules allow it, and says what must be answered. */
  add(product: TraceProduct, quantity: number, unitPrice: number): Expectation {
    const item = this.items.get(product.sku);
    const sum = (item?.quantity ?? 0) + quantity;
    if (quantity < 1 || sum > MOST_OF_AN_ITEM) {
      return refused(422, 'QUANTITY_OUT_OF_RANGE');
    }
    if (item !== undefined) {
      item.quantity = sum;
      item.unitPrice = unitPrice;
      return accepted(200);
    }
    if (this.items.size >= MOST_ITEMS) {
      return refused(422, 'ITEM_LIMIT_REACHED');
    }
    this.items.set(product.sku, { name: product.name, quantity, unitPrice, itemId: undefined });
    return accepted(201);
  }

  /** Keeps the id that the service gave to an item. */
  learnItemId(sku: string, itemId: string): void {
    const item = this.items.get(sku);
    if (item !== undefined) {
      item.itemId = itemId;
    }
  }

  /** Takes one unit off, where there is one, and says by which command that is done. The unit price stays. */
  removeOne(sku: string): Removal {
    const item = this.items.get(sku);
    if (item === undefined) {
      return { kind: 'absent' };
    }
    if (item.quantity === 1) {
      this.items.delete(sku);
      return { kind: 'delete', itemId: item.itemId };
    }
    item.quantity -= 1;
    return { kind: 'change', quantity: item.quantity, itemId: item.itemId };
  }

  /** What the service must show of this cart. */
  expected(): ExpectedCart {
    const money = (amount: number): Money => ({ amount, currency: this.currency });
    let [quantity, total] = [0, 0];
    const items = [...this.items].map(([sku, item]) => {
      const amount = item.quantity * item.unitPrice;
      quantity += item.quantity;
      total += amount;
      const [unitPrice, itemTotal] = [money(item.unitPrice), money(amount)];
      return { sku, name: item.name, options: {}, quantity: item.quantity, unitPrice, total: itemTotal };
    });
    const { currency } = this;
    return { status: 'active', currency, items, itemCount: items.length, quantity, total: money(total) };
  }
}
