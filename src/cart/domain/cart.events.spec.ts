import { emptyStream, fold } from '../../event-sourcing/index.js';
import { storedEventsContract } from '../../event-sourcing/testing/index.js';
import { cartId } from '../testing/examples.js';
import { STORED_EVENTS } from '../testing/stored-events.js';
import { cartDecider } from './cart.js';
import { cartEvents } from './cart.events.js';
import { CartAssigned, customerEvents } from './customer.events.js';

describe('the stored cart events', () => {
  it('are read in every version', () => {
    storedEventsContract([cartEvents, customerEvents], STORED_EVENTS);
  });

  it('can be folded', () => {
    const occurredAt = new Date('2030-01-01T00:00:00Z');
    const events = Object.values(STORED_EVENTS).flatMap(({ event }) =>
      event instanceof CartAssigned ? [] : [event],
    );
    const { state } = fold(
      cartDecider,
      emptyStream(cartDecider),
      events.map((event) => ({ event, occurredAt })),
    );
    expect(state).toMatchObject({
      status: 'merged',
      customerId: 'carla',
      id: cartId,
      currency: 'EUR',
      items: [],
    });
  });
});
