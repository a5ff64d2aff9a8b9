/** A cart as the contract describes it, independent of the implementation. */
export interface ModelCart {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly customerId: string | null;
  readonly currency: string;
  readonly items: readonly ModelItem[];
}

export interface ModelItem {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  readonly quantity: number;
  /** Minor units of the cart's currency. */
  readonly unitPrice: number;
}

/** A product of the catalogue at some moment; `undefined` if it is unknown. */
export type ModelProduct =
  | { readonly name: string; readonly amount: number; readonly currency: string; readonly active: boolean }
  | undefined;

export type Catalogue = (sku: string) => ModelProduct;

/** The change that a request asks for. */
export type Change =
  | { readonly op: 'clear' | 'reprice' | 'discard' }
  | { readonly op: 'several'; readonly operations: readonly ItemChange[] }
  | ItemChange;

export type ItemChange =
  | {
      readonly op: 'add';
      readonly sku: string;
      readonly quantity: number;
      readonly options?: Readonly<Record<string, string>>;
    }
  | { readonly op: 'change'; readonly itemId: string; readonly quantity: number }
  | { readonly op: 'remove'; readonly itemId: string };

/** The outcome of a request by the contract. */
export type Outcome =
  | { readonly status: number; readonly cart: ModelCart }
  | { readonly status: number; readonly code: string; readonly pointer?: string };

export interface Limits {
  readonly maxItems: number;
  readonly maxQuantity: number;
}

/** What a step depends on besides the cart. */
export interface World {
  readonly catalogue: Catalogue;
  readonly limits: Limits;
  /** The id of the item that appeared at a version. */
  readonly itemIdAt: (version: number) => string;
}

/** Thrown to refuse; becomes an outcome. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly pointer?: string,
  ) {
    super(code);
  }
}

/** These take precedence over a stale version. */
const GRAVER_THAN_STALE = ['ITEM_NOT_FOUND', 'PRODUCT_NOT_FOUND', 'CART_CLOSED'];

/**
 * The outcome that a request must have.
 * @param expected versions that the caller's condition allows; `undefined` without a condition
 */
export function outcomeOf(
  cart: ModelCart,
  change: Change,
  expected: readonly number[] | undefined,
  world: World,
): Outcome {
  const stale = expected !== undefined && !expected.includes(cart.version);
  try {
    const after = changed(cart, change, world);
    if (stale) return { status: 412, code: 'VERSION_MISMATCH' };
    return { status: statusOf(cart, change, after), cart: after };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, code, pointer } = error;
    if (stale && !GRAVER_THAN_STALE.includes(code)) return { status: 412, code: 'VERSION_MISMATCH' };
    return { status, code, ...(pointer !== undefined && { pointer }) };
  }
}

function statusOf(before: ModelCart, change: Change, after: ModelCart): number {
  if (change.op === 'discard') return 204;
  return change.op === 'add' && after.items.length > before.items.length ? 201 : 200;
}

function changed(cart: ModelCart, change: Change, world: World): ModelCart {
  switch (change.op) {
    case 'discard':
      if (cart.status === 'discarded') return cart;
      mustBeOpen(cart);
      return { ...cart, status: 'discarded', version: cart.version + 1 };
    case 'clear':
      mustBeOpen(cart);
      return cart.items.length === 0 ? cart : { ...cart, items: [], version: cart.version + 1 };
    case 'reprice':
      mustBeOpen(cart);
      return repriced(cart, world.catalogue);
    case 'several':
      return change.operations.reduce((state, one, index) => {
        try {
          return itemChanged(state, one, world);
        } catch (error) {
          if (!(error instanceof Refusal) || error.code === 'CART_CLOSED') throw error;
          throw new Refusal(error.status, error.code, `/operations/${index}`);
        }
      }, cart);
    default:
      return itemChanged(cart, change, world);
  }
}

function itemChanged(cart: ModelCart, change: ItemChange, world: World): ModelCart {
  if (change.op === 'add') return added(cart, change, world);
  const item = cart.items.find(({ id }) => id === change.itemId);
  if (item === undefined) throw new Refusal(404, 'ITEM_NOT_FOUND');
  mustBeOpen(cart);
  const quantity = change.op === 'remove' ? 0 : change.quantity;
  if (quantity === item.quantity) return cart;
  if (quantity < 0 || quantity > world.limits.maxQuantity) throw new Refusal(422, 'QUANTITY_OUT_OF_RANGE');
  const items = cart.items.flatMap((one) => {
    if (one !== item) return [one];
    return quantity === 0 ? [] : [{ ...item, quantity }];
  });
  return having(cart, items, 1);
}

function added(
  cart: ModelCart,
  { sku, quantity, options = {} }: Extract<ItemChange, { op: 'add' }>,
  { catalogue, limits, itemIdAt }: World,
): ModelCart {
  const product = catalogue(sku);
  if (product === undefined) throw new Refusal(404, 'PRODUCT_NOT_FOUND');
  mustBeOpen(cart);
  if (!product.active) throw new Refusal(422, 'PRODUCT_NOT_SELLABLE');
  if (product.currency !== cart.currency) throw new Refusal(422, 'CURRENCY_MISMATCH');
  const present = cart.items.find((item) => item.sku === sku && isSame(item.options, options));
  const sum = quantity + (present?.quantity ?? 0);
  if (quantity < 1 || sum > limits.maxQuantity) throw new Refusal(422, 'QUANTITY_OUT_OF_RANGE');
  if (present === undefined && cart.items.length >= limits.maxItems)
    throw new Refusal(422, 'ITEM_LIMIT_REACHED');
  const now = { name: product.name, unitPrice: product.amount, quantity: sum };
  const items =
    present === undefined
      ? [...cart.items, { id: itemIdAt(cart.version + 1), sku, options, ...now }]
      : cart.items.map((item) => (item === present ? { ...item, ...now } : item));
  return having(cart, items, 1);
}

function repriced(cart: ModelCart, catalogue: Catalogue): ModelCart {
  let changes = 0;
  const items = cart.items.map((item) => {
    const product = catalogue(item.sku);
    if (product?.active !== true || product.currency !== cart.currency) return item;
    if (product.amount === item.unitPrice && product.name === item.name) return item;
    changes += 1;
    return { ...item, name: product.name, unitPrice: product.amount };
  });
  return having(cart, items, changes);
}

function having(cart: ModelCart, items: readonly ModelItem[], events: number): ModelCart {
  // Bigints, so that sums beyond the exact range are found.
  const total = items.reduce((sum, item) => sum + BigInt(item.quantity) * BigInt(item.unitPrice), 0n);
  if (total > BigInt(Number.MAX_SAFE_INTEGER)) throw new Refusal(422, 'AMOUNT_OUT_OF_RANGE');
  return { ...cart, items, version: cart.version + events };
}

export function isOpen({ status }: ModelCart): boolean {
  return status === 'active' || status === 'abandoned';
}

function mustBeOpen(cart: ModelCart): void {
  if (!isOpen(cart)) throw new Refusal(409, 'CART_CLOSED');
}

export function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const sorted = (options: object) => JSON.stringify(Object.entries(options).sort());
  return sorted(a) === sorted(b);
}
