import { event, type EventDefinitions } from '../../event-sourcing/index.js';

/** From now on this is the cart that the customer fills; whether it is still open, its own stream tells. */
export class CartAssigned extends event('customer.cart-assigned')<{
  customerId: string;
  cartId: string;
}>() {}

/** All that a customer's stream can hold. */
export const customerEvents = { events: [CartAssigned] } as const satisfies EventDefinitions;
