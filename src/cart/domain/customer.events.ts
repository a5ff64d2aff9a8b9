import { event, type EventDefinitions } from '../../event-sourcing/index.js';

/** The customer has a new current cart. The stream of the cart says whether it is still open. */
export class CartAssigned extends event('customer.cart-assigned')<{
  customerId: string;
  cartId: string;
}>() {}

/** Every event that a customer's stream can hold. */
export const customerEvents = { events: [CartAssigned] } as const satisfies EventDefinitions;
