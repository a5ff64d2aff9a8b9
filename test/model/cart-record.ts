import type { Cart, HistoryEvent } from '../support/shop.js';
import type { ModelCart } from './cart-model.js';
import { statesOf } from './shown.js';
import { timelineOf, type Reign, type Sighting } from './timeline.js';

/** The claim of a cart in its history. */
export interface RecordedClaim {
  /** The version of the claimed cart after the claim. */
  readonly version: number;
  readonly customerId: string;
  /** The cart into which it was merged, with the versions of that cart before and after. */
  readonly into: { readonly cartId: string; readonly before: number; readonly after: number } | undefined;
}

export function claimIn(history: readonly HistoryEvent[]): RecordedClaim | undefined {
  const claims = history.filter(({ type }) => type === 'cart.claimed' || type === 'cart.merged');
  if (claims.length > 1) throw new Error('A cart was claimed twice.');
  const [claim] = claims;
  if (claim === undefined) return undefined;
  const { customerId, intoCartId, intoBefore, intoAfter } = claim.data;
  const into = { cartId: String(intoCartId), before: Number(intoBefore), after: Number(intoAfter) };
  const isMerge = claim.type === 'cart.merged';
  return { version: claim.version, customerId: String(customerId), into: isMerge ? into : undefined };
}

/** The states of a cart by its history, and the times at which each may have been the present one. */
export class CartRecord {
  readonly claim: RecordedClaim | undefined;
  readonly reigns: readonly Reign<ModelCart>[];
  private readonly states: readonly (ModelCart | undefined)[];

  /**
   * @param sightings versions that answers have shown
   * @throws Error if no order of the accepted requests explains the history
   */
  constructor(
    readonly opened: Cart,
    readonly history: readonly HistoryEvent[],
    sightings: readonly Sighting[],
  ) {
    this.states = statesOf(opened.id, history);
    this.claim = claimIn(history);
    // The cart was opened before any other request.
    const all = [{ version: opened.version, sentAt: 0, answeredAt: 0 }, ...sightings];
    const versions = [...new Set(all.map(({ version }) => version))].sort((a, b) => a - b);
    if (versions.at(-1) !== history.length)
      throw new Error(`${history.length} events, and ${versions.join(', ')} were answered.`);
    this.reigns = timelineOf(new Map(versions.map((version) => [version, this.stateAt(version)])), all);
  }

  /** @throws Error if the history has no such version */
  stateAt(version: number): ModelCart {
    const state = this.states[version];
    if (state === undefined) throw new Error(`The history has no version ${version}.`);
    return state;
  }

  /** The id of the item that appeared at a version. */
  itemIdAt(version: number): string {
    return String(this.history[version - 1]?.data['itemId']);
  }
}
