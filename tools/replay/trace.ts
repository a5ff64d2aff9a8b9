import { TraceError } from './errors.js';

/** What a trace needs of the catalogue. `price` is the first one that the trace names, in minor units. */
export interface TraceProduct {
  readonly sku: string;
  readonly name: string;
  readonly price: number;
}

/** One row that adds: `quantity` as the file has it (also 0 and negative), `price` in minor units. */
export interface AddStep {
  readonly kind: 'add';
  readonly row: number;
  readonly sku: string;
  readonly quantity: number;
  readonly price: number;
}

/** One row that takes a single unit off. */
export interface RemoveStep {
  readonly kind: 'remove';
  readonly row: number;
  readonly sku: string;
}

export type Step = AddStep | RemoveStep;

/** The rows of one cart, in the file's order. `key` is the file's name for it: a session, an invoice. */
export interface TraceCart {
  readonly key: string;
  readonly steps: readonly Step[];
}

/** A file of shop events, read and put into neutral words. */
export interface Trace {
  readonly format: string;
  readonly currency: string;
  readonly rows: number;
  /** Rows for which no command is sent, counted by reason. */
  readonly passedOver: ReadonlyMap<string, number>;
  /** Rows with a price finer than a minor unit. */
  readonly roundedPrices: number;
  readonly products: ReadonlyMap<string, TraceProduct>;
  /** In the order of their first rows. */
  readonly carts: readonly TraceCart[];
}

/** What one row says, whatever the format. */
export type Reading =
  | {
      readonly kind: 'add';
      readonly cart: string;
      readonly sku: string;
      readonly name: string;
      readonly quantity: number;
      readonly price: number;
      readonly rounded: boolean;
    }
  | { readonly kind: 'remove'; readonly cart: string; readonly sku: string }
  | { readonly kind: 'passed-over'; readonly reason: string };

const SKU = /^(?!\.{1,2}$)(?! )[A-Za-z0-9._: -]{1,64}(?<! )$/;
const LONGEST_NAME = 200;

/** Collects readings, one a row and in the file's order, into a {@link Trace}. */
export class TraceBuilder {
  private rows = 0;
  private roundedPrices = 0;
  private readonly passedOver = new Map<string, number>();
  private readonly products = new Map<string, { sku: string; name: string; price: number | undefined }>();
  private readonly carts = new Map<string, Step[]>();

  constructor(
    private readonly format: string,
    private readonly currency: string,
  ) {}

  /** @throws TraceError where the row's product code cannot be a SKU; it does not name the row */
  take(reading: Reading): void {
    this.rows += 1;
    const row = this.rows;
    if (reading.kind === 'passed-over') {
      this.passedOver.set(reading.reason, (this.passedOver.get(reading.reason) ?? 0) + 1);
      return;
    }
    if (!SKU.test(reading.sku)) {
      throw new TraceError(`"${reading.sku}" cannot be a SKU`);
    }
    if (reading.kind === 'remove') {
      this.stepsOf(reading.cart).push({ kind: 'remove', row, sku: reading.sku });
      return;
    }
    const { sku } = this.learn(reading.sku, reading.name, reading.price);
    this.roundedPrices += reading.rounded ? 1 : 0;
    this.stepsOf(reading.cart).push({
      kind: 'add',
      row,
      sku,
      quantity: reading.quantity,
      price: reading.price,
    });
  }

  build(): Trace {
    return {
      format: this.format,
      currency: this.currency,
      rows: this.rows,
      passedOver: this.passedOver,
      roundedPrices: this.roundedPrices,
      products: new Map(
        [...this.products].map(([key, { sku, name, price }]) => [key, product(sku, name, price)]),
      ),
      carts: [...this.carts].map(([key, steps]) => ({ key, steps })),
    };
  }

  private stepsOf(cart: string): Step[] {
    let steps = this.carts.get(cart);
    if (steps === undefined) {
      steps = [];
      this.carts.set(cart, steps);
    }
    return steps;
  }

  /** The first usable name and the first usable price win: a later row may have the name that an earlier one lacks. */
  private learn(sku: string, name: string, price: number): { readonly sku: string } {
    const usableName = name.trim() === '' ? '' : name;
    const usablePrice = price < 0 ? undefined : price;
    const known = this.products.get(sku);
    if (known === undefined) {
      const first = { sku, name: usableName, price: usablePrice };
      this.products.set(sku, first);
      return first;
    }
    known.name ||= usableName;
    known.price ??= usablePrice;
    return known;
  }
}

/** A product that no row names goes by its SKU; one that has no valid price starts at 0, so that its rows find it. */
function product(sku: string, name: string, price: number | undefined): TraceProduct {
  return {
    sku,
    name: Array.from(name || sku)
      .slice(0, LONGEST_NAME)
      .join(''),
    price: price ?? 0,
  };
}
