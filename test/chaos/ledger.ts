import { createHash } from 'node:crypto';

/** What an answer showed of a cart. */
export interface ShownCart {
  readonly id: string;
  readonly version: number;
  /** Of its items, see `digestOf`. */
  readonly digest: string;
}

/** What became of one request. `unknown`: the connection broke, or the service said that it could not tell. */
export interface Entry {
  readonly outcome: 'acknowledged' | 'refused' | 'unknown';
  /** How many events it leads to if it takes effect; `undefined` where none may be right, too. */
  readonly events: number | undefined;
  readonly shown: ShownCart | undefined;
}

/** An item as the contract has it. */
export interface ShownItem {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
  /** Minor units. */
  readonly unitPrice: number;
}

/** Stands for the items of a cart: many states are shown, and all are kept until the end. */
export function digestOf(items: readonly ShownItem[]): string {
  const told = items.map(({ id, sku, quantity, unitPrice }) => [id, sku, quantity, unitPrice]);
  return createHash('sha1').update(JSON.stringify(told)).digest('base64');
}

/** All that clients were told, to be held against the log in the end. */
export class Ledger {
  /** By the id of the request, which its events carry as their correlation id. */
  readonly entries = new Map<string, Entry>();
  /** When the last change was acknowledged, on the clock of `performance.now()`. */
  acknowledgedAt = -Infinity;
  /** How often clients got each answer. */
  readonly answers = new Map<string, number>();
  private next = 1;

  /** A new id for a request. */
  newId(): string {
    return `request-${this.next++}`;
  }

  add(id: string, entry: Entry): void {
    this.entries.set(id, entry);
    if (entry.outcome === 'acknowledged') this.acknowledgedAt = performance.now();
  }

  /** Counts an answer by its status, or the lack of one. */
  answered(status: string): void {
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
  }

  count(outcome: Entry['outcome']): number {
    let count = 0;
    for (const entry of this.entries.values()) if (entry.outcome === outcome) count += 1;
    return count;
  }
}
