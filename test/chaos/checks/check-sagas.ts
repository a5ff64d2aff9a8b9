import type { StoredEvent } from '../history.js';
import type { Violation } from '../violation.js';

/** What does not show that somebody is at a cart. */
const CLOSING = new Set(['cart.abandoned', 'cart.discarded']);

/** A cart is abandoned once in each idle period, never sooner than it may be, and in the end. */
export function checkAbandonment(events: readonly StoredEvent[], idleMs: number): Violation[] {
  const violations = events.flatMap((event, index) => {
    const before = events[index - 1];
    if (event.type !== 'cart.abandoned') return [];
    const isRight = before && !CLOSING.has(before.type) && event.occurredAt - before.occurredAt >= idleMs;
    if (isRight) return [];
    const { stream } = event;
    return [{ rule: 'a cart is abandoned once in an idle period', evidence: { stream, before, event } }];
  });
  const last = events.at(-1);
  if (last && !CLOSING.has(last.type)) {
    violations.push({
      rule: 'a cart that nobody uses is abandoned',
      evidence: { stream: last.stream, before: events.at(-2), event: last },
    });
  }
  return violations;
}

/** Holds the saga of the witness against what it was to hear of. Give it all streams, then ask for the violations. */
export class EchoCheck {
  private readonly added = new Map<string, string[]>();
  private readonly heard = new Map<string, string[]>();

  take(events: readonly StoredEvent[]): void {
    for (const { type, id, data } of events) {
      const cartId = String(data['cartId']);
      if (type === 'cart.item-added') note(this.added, cartId, id);
      if (type === 'echo.addition-heard') note(this.heard, cartId, String(data['ofEvent']));
    }
  }

  /** One effect for each event, in the order of the events. */
  end(): Violation[] {
    const carts = new Set([...this.added.keys(), ...this.heard.keys()]);
    return [...carts].flatMap((cartId) => {
      const [added, heard] = [this.added.get(cartId) ?? [], this.heard.get(cartId) ?? []];
      const at = Array.from({ length: Math.max(added.length, heard.length) }).findIndex(
        (_, index) => added[index] !== heard[index],
      );
      if (at < 0) return [];
      const evidence = { streams: [`cart-${cartId}`, `echo-${cartId}`], at: at + 1, added, heard };
      return [{ rule: "a saga's effect happens exactly once for each event, in order", evidence }];
    });
  }
}

function note(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
