import { digestOf, type Ledger, type ShownItem } from '../ledger.js';
import type { StoredEvent } from '../history.js';
import type { Violation } from '../violation.js';

interface Stored {
  readonly stream: string;
  readonly versions: number[];
}

/** Made by nobody's request: they only carry on its correlation id. */
const CARRIED_ON = new Set(['cart.abandoned', 'echo.addition-heard']);

/** Holds what clients were told against the log. Give it all streams, then ask for the violations. */
export class RequestCheck {
  private readonly stored = new Map<string, Stored>();
  private readonly shown = new Map<string, { id: string; version: number; digest: string }[]>();
  private readonly violations: Violation[] = [];

  constructor(private readonly ledger: Ledger) {
    for (const [id, { shown }] of ledger.entries) {
      if (!shown) continue;
      const ofCart = this.shown.get(shown.id) ?? [];
      ofCart.push({ id, version: shown.version, digest: shown.digest });
      this.shown.set(shown.id, ofCart);
    }
  }

  take(events: readonly StoredEvent[]): void {
    for (const { stream, version, type, correlationId } of events) {
      if (CARRIED_ON.has(type) || !correlationId.startsWith('request-')) continue;
      const stored = this.stored.get(correlationId);
      if (!stored) this.stored.set(correlationId, { stream, versions: [version] });
      else if (stored.stream === stream) stored.versions.push(version);
      else {
        this.violations.push({
          rule: 'a request leads to events of one stream',
          evidence: { request: correlationId, streams: [stored, { stream, version }] },
        });
      }
    }
    this.checkShown(events);
  }

  /** What is wrong with all that was taken. */
  end(): Violation[] {
    for (const [id, { outcome, events, shown }] of this.ledger.entries) {
      const { stream, versions } = this.stored.get(id) ?? { stream: undefined, versions: [] };
      const evidence = { request: id, outcome, events, shown, stream, versions };
      const mayBeNone = outcome !== 'acknowledged' || events === undefined;
      const isWhole = events === undefined ? versions.length === 1 : versions.length === events;
      if (outcome === 'refused' && versions.length > 0) {
        this.violations.push({ rule: 'a refused request changes nothing', evidence });
      } else if (!isWhole && !(mayBeNone && versions.length === 0)) {
        this.violations.push({ rule: "an acknowledged request's events are there once", evidence });
      }
      const last = versions.at(-1);
      if (shown && last !== undefined && (shown.version !== last || stream !== `cart-${shown.id}`)) {
        this.violations.push({ rule: 'an answer shows the cart as the request has left it', evidence });
      }
      if (last !== undefined && last - (versions[0] ?? 0) + 1 !== versions.length) {
        this.violations.push({ rule: 'the events of a request lie together', evidence });
      }
    }
    for (const [id, stored] of this.stored) {
      if (!this.ledger.entries.has(id)) {
        this.violations.push({ rule: 'nothing happens that nobody asked for', evidence: { id, stored } });
      }
    }
    for (const [cartId, shown] of this.shown) {
      this.violations.push({ rule: 'a cart that was shown is in the log', evidence: { cartId, shown } });
    }
    return this.violations;
  }

  /** Every state that was ever shown of a cart is what the log says of that version. */
  private checkShown(events: readonly StoredEvent[]): void {
    const stream = events[0]?.stream ?? '';
    const cartId = stream.startsWith('cart-') ? stream.slice('cart-'.length) : undefined;
    const shown = cartId === undefined ? undefined : this.shown.get(cartId);
    if (cartId === undefined || !shown) return;
    this.shown.delete(cartId);
    const digests = digestsOf(events);
    for (const { id, version, digest } of shown) {
      if (digests[version - 1] === digest) continue;
      this.violations.push({
        rule: 'a cart that was shown is what its history says',
        evidence: { request: id, stream, version, length: events.length },
      });
    }
  }
}

/** What the log says of the items after each version: written from the contract alone. */
function digestsOf(events: readonly StoredEvent[]): string[] {
  const items = new Map<string, ShownItem>();
  return events.map(({ type, data }) => {
    const { itemId: id, sku, quantity, unitPrice } = data as unknown as ShownItem & { itemId: string };
    const item = items.get(id);
    if (type === 'cart.item-added') {
      items.set(id, { id, sku, unitPrice, quantity: quantity + (item?.quantity ?? 0) });
    } else if (type === 'cart.item-quantity-changed' && item) items.set(id, { ...item, quantity });
    else if (type === 'cart.item-removed') items.delete(id);
    return digestOf([...items.values()]);
  });
}
