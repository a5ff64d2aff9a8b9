import type { Claim } from '../support/customers.js';
import type { Answer } from '../support/http-client.js';
import type { Cart, Product } from '../support/shop.js';
import type { Change } from './cart-model.js';
import type { Claimant, HostileRequest, Sender } from './wishes.js';

/** When a request was sent and its answer arrived, on a logical clock that ticks with each of these. */
export interface Span {
  readonly sentAt: number;
  readonly answeredAt: number;
}

export interface PlayedChange extends Span {
  readonly kind: 'change';
  readonly sender: Sender;
  readonly cart: number;
  readonly change: Change;
  /** The versions of its condition; `malformed` for an invalid header. */
  readonly expected: readonly number[] | 'malformed' | undefined;
  readonly prefersMinimal: boolean;
  /** The idempotency key; the request may have been sent more than once. */
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
  /** The requested version, if it was a past one. */
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

/** A request and its answer. */
export type Played = PlayedOfCart | PlayedProduct;

export type PlayedOfCart = PlayedChange | PlayedHostility | PlayedLook | PlayedClaim;
