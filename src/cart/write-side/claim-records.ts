import { Injectable } from '@nestjs/common';
import {
  emptyStream,
  EventLog,
  EventStore,
  fold,
  streamName,
  type RecordedEvent,
  type Versioned,
} from '../../event-sourcing/index.js';
import { cartDecider, type Cart, type CartItem } from '../domain/cart.js';
import type { CartEvent } from '../domain/cart.events.js';
import { mergeReport, type MergedItem } from '../domain/merge.js';

/** The outcome of a claim. */
export interface ClaimRecord {
  /** The customer's cart right after the claim. */
  readonly cart: Versioned<Cart>;
  /** One entry for each item of the claimed cart; empty if the cart itself became the customer's. */
  readonly merged: readonly MergedItem[];
}

/** Reads the outcome of claims from the log alone, so that a repeated claim gets the answer of the first one. */
@Injectable()
export class ClaimRecords {
  constructor(
    private readonly log: EventLog,
    private readonly store: EventStore,
  ) {}

  /**
   * The outcome of the claim of a cart.
   * @param version of the cart after the claim. A cart that was never a guest's is shown at this version
   */
  async of(cartId: string, version: number): Promise<ClaimRecord> {
    const recorded = await this.log.readStream(streamName(cartDecider, cartId));
    const events = recorded as unknown as RecordedEvent<CartEvent>[];
    const place = events.findIndex(
      ({ event: { type } }) => type === 'cart.claimed' || type === 'cart.merged',
    );
    const claim = events[place]?.event;
    if (claim?.type !== 'cart.merged') {
      return { cart: after(events.slice(0, place < 0 ? version : place + 1)), merged: [] };
    }
    const { intoCartId, intoBefore, intoAfter } = claim;
    const [before, cart] = await Promise.all(
      [intoBefore, intoAfter].map((version) => this.store.load(cartDecider, intoCartId, { version })),
    );
    if (before === undefined || cart === undefined)
      throw new Error(`Cart ${intoCartId} has no version ${intoBefore} or ${intoAfter}.`);
    return { cart, merged: mergeReport(itemsOf(after(events)), itemsOf(before), itemsOf(cart)) };
  }
}

function after(events: readonly RecordedEvent<CartEvent>[]): Versioned<Cart> {
  return fold(cartDecider, emptyStream(cartDecider), events);
}

function itemsOf({ state }: Versioned<Cart>): readonly CartItem[] {
  return state.status === 'none' ? [] : state.items;
}
