import type { Claim } from '../support/customers.js';
import type { Answer } from '../support/http-client.js';
import type { Cart, Product } from '../support/shop.js';
import type { Change } from './cart-model.js';
import type { Claimant, HostileRequest, Sender } from './wishes.js';

/** When a request was sent, and when its answer was there, on a clock that ticks with each of these. */
export interface Span {
  readonly sentAt: number;
  readonly answeredAt: number;
}

export interface PlayedChange extends Span {
  readonly kind: 'change';
  readonly sender: Sender;
  readonly cart: number;
  readonly change: Change;
  /** The versions it was to be allowed at; `malformed` for a header that is none. */
  readonly expected: readonly number[] | 'malformed' | undefined;
  readonly prefersMinimal: boolean;
  /** Under which it was sent, perhaps more than once. */
  readonly key: string | undefined;
  readonly answer: Answer<Partial<Cart>>;
}

export interface PlayedHostility extends Span {
  readonly kind: 'hostile';
  readonly sender: Sender;
  readonly cart: number;
  readonly request: HostileRequest;
  readonly answer: Answer;
}

export interface PlayedLook extends Span {
  readonly kind: 'look';
  readonly sender: Sender;
  readonly cart: number;
  /** The version asked for, where it was one of the past. */
  readonly version: number | undefined;
  readonly minVersion: number | undefined;
  readonly answer: Answer<Cart>;
}

export interface PlayedClaim extends Span {
  readonly kind: 'claim';
  readonly claimant: Claimant;
  readonly cart: number;
  readonly hasToken: boolean;
  readonly answer: Answer<Claim>;
}

export interface PlayedProduct extends Span {
  readonly kind: 'product';
  readonly sku: string;
  readonly answer: Answer<Product>;
}

/** A request, and what came of it. */
export type Played = PlayedOfCart | PlayedProduct;

export type PlayedOfCart = PlayedChange | PlayedHostility | PlayedLook | PlayedClaim;
