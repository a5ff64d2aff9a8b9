import type { Cart } from '../support/shop.js';

/**
 * What became of one request. `unknown`: the connection broke, or the service said that it could not tell. `cart` is the
 * one that the answer showed, where it showed one.
 */
export interface Entry {
  /** The request's id, which its events carry as their correlation id. */
  readonly id: string;
  readonly outcome: 'acknowledged' | 'refused' | 'unknown';
  /** Whether it must have led to an event if it took effect. A change to the same quantity leads to none. */
  readonly mustChange: boolean;
  readonly cart: Cart | undefined;
}

/** All that clients were told, to be held against what the log says in the end. */
export class Ledger {
  readonly entries = new Map<string, Entry>();
  private next = 1;

  /** A new id for a request. */
  newId(): string {
    return `request-${this.next++}`;
  }

  add(entry: Entry): void {
    this.entries.set(entry.id, entry);
  }

  of(outcome: Entry['outcome']): Entry[] {
    return [...this.entries.values()].filter((entry) => entry.outcome === outcome);
  }

  get acknowledged(): number {
    return this.of('acknowledged').length;
  }

  /** What clients were shown of carts, oldest version first. */
  get shown(): Cart[] {
    return [...this.entries.values()].flatMap(({ cart }) => cart ?? []).sort((a, b) => a.version - b.version);
  }
}
