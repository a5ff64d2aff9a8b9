import { DomainError } from '../../event-sourcing/index.js';
import { cartDecider, type Cart } from './cart.js';
import type { Decision } from './cart.decisions.js';
import { CartClosed, CartNotFound } from './cart.errors.js';
import type { CartEvent } from './cart.events.js';

/** One of several decisions of a request, and where the request states it (RFC 6901 JSON pointer). */
export interface Step {
  readonly pointer: string;
  readonly decide: Decision;
}

/** The states between the steps are thrown away, so it does not matter which time they carry. */
const ANY_TIME = new Date(0);

/**
 * Decides one step after the other, each on what the ones before it would leave behind. The first refusal is the
 * refusal of them all, and says which step it was.
 */
export function allOrNothing(steps: readonly Step[]): Decision {
  return (cart) => {
    let state: Cart = cart;
    const events: CartEvent[] = [];
    for (const step of steps) {
      for (const event of decideAt(step, state)) {
        events.push(event);
        state = cartDecider.evolve(state, event, ANY_TIME);
      }
    }
    return events;
  };
}

function decideAt({ pointer, decide }: Step, state: Cart): CartEvent[] {
  try {
    return decide(state);
  } catch (error) {
    // That there is no open cart is no fault of the step that happens to come first.
    if (!(error instanceof DomainError) || error instanceof CartNotFound || error instanceof CartClosed)
      throw error;
    const { code, message, data } = error;
    throw new DomainError(code, message, { ...data, errors: [{ pointer, code, message }] });
  }
}
