import { Injectable } from '@nestjs/common';
import {
  EventStore,
  isMet,
  type Recall,
  type Transaction,
  type VersionCondition,
  type Versioned,
} from '../../event-sourcing/index.js';
import { CartAnswers, type CartAnswer } from '../answers/cart-answers.js';
import { cartContent } from '../answers/cart-content.js';
import { cartDecider, type Cart } from '../domain/cart.js';
import { seenWith, type CartEntry } from '../domain/cart-access.js';
import type { Decision } from '../domain/cart.decisions.js';
import { VersionMismatch } from '../domain/cart.errors.js';
import { refuseUnlessGraver } from './refusal-order.js';

/** The cart that a command is for, the caller's key to it, and the condition under which the command takes effect. */
export interface CartTarget extends CartEntry {
  /** The versions that the caller accepts. */
  readonly condition?: VersionCondition;
}

/** These refusals take precedence over a stale version. */
const GRAVER_THAN_STALE = new Set(['CART_NOT_FOUND', 'ITEM_NOT_FOUND', 'PRODUCT_NOT_FOUND', 'CART_CLOSED']);

/** Changes carts: load, decide, append, answer. */
@Injectable()
export class CartWriter {
  constructor(
    private readonly store: EventStore,
    private readonly answers: CartAnswers,
  ) {}

  /**
   * @param decisionFor makes the decision and reads what it needs from other streams
   * @returns the cart after it
   * @throws DomainError as the decision does. A cart that the key does not open is `CART_NOT_FOUND`
   * @throws VersionMismatch if the condition does not hold
   */
  async change(
    { cartId, key, condition }: CartTarget,
    decisionFor: (tx: Transaction, cart: Cart) => Decision,
  ): Promise<CartAnswer> {
    const after = await this.store.transact((tx) => {
      const before = seenWith(key, tx.load(cartDecider, cartId));
      const decide = decisionFor(tx, before.state);
      return tx.append(cartDecider, cartId, decideIf(condition, before, decide));
    }, this.versionOf(cartId));
    return this.answers.of(cartContent(after));
  }

  /** As `change`, for a cart that is opened under a new id. */
  async open(cartId: string, decisionFor: (tx: Transaction) => Decision): Promise<CartAnswer> {
    const after = await this.store.transact((tx) => {
      const before = tx.create(cartDecider, cartId);
      return tx.append(cartDecider, cartId, decisionFor(tx)(before.state));
    }, this.cartOpened);
    return this.answers.of(cartContent(after));
  }

  /** A repeated request brings a new id, so the id of the first request is remembered. */
  private readonly cartOpened: Recall<Versioned<Cart>> = {
    remember: ({ state, version }) => ({ cartId: state.status === 'none' ? null : state.id, version }),
    restore: (remembered) => {
      const { cartId, version } = remembered as { cartId: string; version: number };
      return this.store.load(cartDecider, cartId, { version });
    },
  };

  /** Remembers only the version: a repeat reads the cart at that version from the log. */
  private versionOf(cartId: string): Recall<Versioned<Cart>> {
    return {
      remember: ({ version }) => ({ version }),
      restore: (remembered) => this.store.load(cartDecider, cartId, remembered as { version: number }),
    };
  }
}

/**
 * Decides on a cart if the caller's condition holds.
 * @throws DomainError as `decide` does
 * @throws VersionMismatch if the condition does not hold, unless `decide` refuses for a graver reason
 */
export function decideIf<T>(
  condition: VersionCondition = {},
  { state, version }: Versioned<Cart>,
  decide: (cart: Cart) => T,
): T {
  if (isMet(condition, version)) return decide(state);
  return refuseUnlessGraver(new VersionMismatch(version), GRAVER_THAN_STALE, () => decide(state));
}
