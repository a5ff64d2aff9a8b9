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

/** What a claim came to. */
export interface ClaimRecord {
  /** The customer's cart, as the claim left it. */
  readonly cart: Versioned<Cart>;
  /** Of each item of the claimed cart; empty where that became the customer's as it was. */
  readonly merged: readonly MergedItem[];
}

/** Tells of claims from the log alone, so that a claim that comes again is answered as it was the first time. */
@Injectable()
export class ClaimRecords {
  constructor(
    private readonly log: EventLog,
    private readonly store: EventStore,
  ) {}

  /**
   * What the claim of a cart came to.
   * @param version of the cart after the claim: a customer's cart that never was a guest's is shown as it was then
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
    if (before === undefined || cart === undefined) throw new Error('Two versions were asked for.');
    return { cart, merged: mergeReport(itemsOf(after(events)), itemsOf(before), itemsOf(cart)) };
  }
}

function after(events: readonly RecordedEvent<CartEvent>[]): Versioned<Cart> {
  return fold(cartDecider, emptyStream(cartDecider), events);
}

function itemsOf({ state }: Versioned<Cart>): readonly CartItem[] {
  return state.status === 'none' ? [] : state.items;
}
