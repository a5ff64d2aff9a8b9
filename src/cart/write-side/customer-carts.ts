import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  EventStore,
  isMet,
  type Recall,
  type Transaction,
  type VersionCondition,
  type Versioned,
} from '../../event-sourcing/index.js';
import { CART_LIMITS, type CartLimits } from './cart-settings.js';
import { decideIf, type CartTarget } from './cart-writer.js';
import { cartDecider, type Cart, type OpenCart } from '../domain/cart.js';
import { seenWith } from '../domain/cart-access.js';
import type { Decision } from '../domain/cart.decisions.js';
import { VersionMismatch } from '../domain/cart.errors.js';
import { isOpen } from '../domain/cart.rules.js';
import { claimCart, isUnowned } from '../domain/claim.js';
import { customerDecider } from '../domain/customer.js';
import { ActiveCartExists } from '../domain/customer.errors.js';
import { CartAssigned } from '../domain/customer.events.js';
import { refuseUnlessGraver } from './refusal-order.js';

/** A missing product takes precedence over an open cart. */
const GRAVER_THAN_TAKEN = new Set(['PRODUCT_NOT_FOUND']);

/** The open cart of a customer, and whether this request opened it. */
export interface CartAtHand {
  readonly cart: Versioned<Cart>;
  readonly isNew: boolean;
}

/**
 * Decides which cart is a customer's. Every such decision appends to the customer's stream, or depends on its
 * version. So a customer never has two open carts, even if several requests arrive at the same moment.
 */
@Injectable()
export class CustomerCarts {
  constructor(
    private readonly store: EventStore,
    @Inject(CART_LIMITS) private readonly limits: CartLimits,
  ) {}

  /**
   * Opens a cart for a customer.
   * @throws ActiveCartExists if the customer has an open cart
   * @throws DomainError as the decision does
   */
  async open(
    customerId: string,
    cartId: string,
    decisionFor: (tx: Transaction) => Decision,
  ): Promise<CartAtHand> {
    return this.store.transact((tx) => {
      const present = openCartOf(tx, customerId);
      const decide = decisionFor(tx);
      if (present === undefined) return assignNew(tx, customerId, cartId, decide);
      const unopened = () => decide(cartDecider.initialState);
      return refuseUnlessGraver(new ActiveCartExists(present.state.id), GRAVER_THAN_TAKEN, unopened);
    }, this.byVersion());
  }

  /**
   * Returns the customer's open cart, or opens one.
   * @param condition on the open cart; a missing cart has version 0
   * @throws VersionMismatch if the condition does not hold
   */
  async provide(
    customerId: string,
    cartId: string,
    condition: VersionCondition,
    decide: Decision,
  ): Promise<CartAtHand> {
    return this.store.transact((tx) => {
      const present = openCartOf(tx, customerId);
      const version = present?.version ?? 0;
      if (!isMet(condition, version)) throw new VersionMismatch(version);
      return present ? { cart: present, isNew: false } : assignNew(tx, customerId, cartId, decide);
    }, this.byVersion());
  }

  /**
   * Makes a guest's cart the customer's, or merges it into the customer's open cart. Both carts change in one
   * append. `ClaimRecords` reads the outcome.
   * @returns the version of the claimed cart afterwards
   * @throws DomainError `CART_NOT_FOUND`, `CART_CLOSED`, `VERSION_MISMATCH`, `CURRENCY_MISMATCH`
   */
  async claim({ cartId, key, condition }: CartTarget, customerId: string): Promise<number> {
    return this.store.transact((tx) => {
      const before = seenWith(key, tx.load(cartDecider, cartId));
      const into = isUnowned(before.state) ? openCartOf(tx, customerId) : undefined;
      const { claimed, moved } = decideIf(condition, before, (cart) =>
        claimCart(cart, customerId, into, this.limits),
      );
      const { version } = tx.append(cartDecider, cartId, claimed);
      if (into !== undefined) tx.append(cartDecider, into.state.id, moved);
      else if (claimed.length > 0) assign(tx, customerId, cartId);
      return version;
    });
  }

  /** Remembers id, version and whether the cart is new. A repeat reads the cart at that version from the log. */
  private byVersion(): Recall<CartAtHand> {
    return {
      remember: ({ cart: { state, version }, isNew }) => ({ ...idOf(state), version, isNew }),
      restore: async (remembered) => {
        const { cartId, version, isNew } = remembered as { cartId: string; version: number; isNew: boolean };
        return { cart: await this.store.load(cartDecider, cartId, { version }), isNew };
      },
    };
  }
}

function idOf(cart: Cart): { cartId?: string } {
  return cart.status === 'none' ? {} : { cartId: cart.id };
}

/** The subject of a JWT can be any text. A hash keeps the name of the stream short and plain. */
function nameOf(customerId: string): string {
  return createHash('sha256').update(customerId).digest('hex');
}

/** The open cart of a customer. The decision depends on both streams that are loaded here. */
function openCartOf(tx: Transaction, customerId: string): Versioned<OpenCart> | undefined {
  const { cartId } = tx.load(customerDecider, nameOf(customerId)).state;
  if (cartId === null) return undefined;
  const { state, ...rest } = tx.load(cartDecider, cartId);
  return isOpen(state) ? { state, ...rest } : undefined;
}

function assignNew(tx: Transaction, customerId: string, cartId: string, decide: Decision): CartAtHand {
  const { state } = tx.create(cartDecider, cartId);
  const cart = tx.append(cartDecider, cartId, decide(state));
  assign(tx, customerId, cartId);
  return { cart, isNew: true };
}

function assign(tx: Transaction, customerId: string, cartId: string): void {
  tx.append(customerDecider, nameOf(customerId), [new CartAssigned({ customerId, cartId })]);
}
