import { DomainError } from '../../event-sourcing/index.js';
import { cartDecider, type Cart } from './cart.js';
import type { Decision } from './cart.decisions.js';
import { CartClosed, CartNotFound } from './cart.errors.js';
import type { CartEvent } from './cart.events.js';

/** One of several decisions of a request, and its place in the request (RFC 6901 JSON pointer). */
export interface Step {
  readonly pointer: string;
  readonly decide: Decision;
}

/** The states between the steps are discarded, so their time does not matter. */
const ANY_TIME = new Date(0);

/**
 * Takes the decisions one after the other, each on the state after the ones before it. The first refusal refuses
 * them all and names its step.
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
    // A missing or closed cart is not the fault of the first step.
    if (!(error instanceof DomainError) || error instanceof CartNotFound || error instanceof CartClosed)
      throw error;
    const { code, message, data } = error;
    throw new DomainError(code, message, { ...data, errors: [{ pointer, code, message }] });
  }
}
