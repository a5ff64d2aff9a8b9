/** Customers who claim carts. The first one has an open cart from the start. */
export type Claimant = 'customer' | 'rival';

/** The sender of a request: the opener of the cart, a customer, staff, or a stranger. */
export type Sender = 'owner' | 'admin' | Claimant | 'stranger' | 'wrong token' | 'nobody' | 'bad JWT';

/** The condition of a request on the version of the cart, by the sender's knowledge. */
export type Condition = 'none' | 'any' | 'known' | 'older' | 'known or older' | 'weak' | 'unquoted';

/**
 * Products are named by number; numbers above the last one are unknown products. Items are named by index in the cart
 * as last seen.
 */
export type ItemWish =
  | {
      readonly op: 'add';
      readonly product: number;
      readonly quantity: number;
      readonly options?: Readonly<Record<string, string>>;
    }
  | { readonly op: 'change'; readonly place: number; readonly quantity: number }
  | { readonly op: 'remove'; readonly place: number };

/** A change of a cart, allowed or not. */
export interface ChangeWish {
  readonly kind: 'change';
  readonly sender: Sender;
  readonly cart: number;
  readonly condition: Condition;
  readonly prefersMinimal: boolean;
  /** How often it is sent under one key; 0 means without a key. */
  readonly keyed: 0 | 1 | 2 | 3;
  readonly change:
    | ItemWish
    | { readonly op: 'clear' | 'reprice' | 'discard' }
    | { readonly op: 'several'; readonly operations: readonly ItemWish[] };
}

/** A request that the contract refuses in every state of the cart. */
export interface HostileWish {
  readonly kind: 'hostile';
  readonly sender: Sender;
  readonly cart: number;
  readonly request: HostileRequest;
}

export interface HostileRequest {
  readonly method: 'POST' | 'PATCH';
  /** Appended to the path of the cart. */
  readonly path: string;
  readonly raw: string;
  readonly code: 'MALFORMED_JSON' | 'VALIDATION_FAILED';
}

/** A look at a present or past cart. */
export interface LookWish {
  readonly kind: 'look';
  readonly sender: Sender;
  readonly cart: number;
  /** How many versions ago; `undefined` for the present. */
  readonly ago?: number;
  /** Whether the answer must include the version that the sender knows. */
  readonly upToDate: boolean;
}

/** A claim of a guest's cart, with the right token, a wrong one or none. */
export interface ClaimWish {
  readonly kind: 'claim';
  readonly claimant: Claimant;
  readonly cart: number;
  readonly token: 'right' | 'wrong' | 'none';
}

/** A change of a product. */
export interface ProductWish {
  readonly kind: 'product';
  readonly product: number;
  readonly name: string;
  readonly amount: number;
  readonly active: boolean;
}

export type Wish = ChangeWish | HostileWish | LookWish | ClaimWish | ProductWish;

/** The last cart is a customer's, the others are guests'. */
export const CARTS = 4;
/** Numbered from 0. The last one has the highest price, the one before it another currency. */
export const PRODUCTS = 6;
export const LIMITS = { maxItems: 4, maxQuantity: 20 };
