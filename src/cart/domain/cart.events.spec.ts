import { emptyStream, EventRegistry, fold } from '../../event-sourcing/index.js';
import { cartId } from '../testing/examples.js';
import { STORED_EVENTS } from '../testing/stored-events.js';
import { cartDecider } from './cart.js';
import { cartEvents } from './cart.events.js';
import { CartAssigned, customerEvents } from './customer.events.js';

const registry = new EventRegistry();
registry.register(cartEvents);
registry.register(customerEvents);

const versions = [...cartEvents.events, ...customerEvents.events].flatMap(({ type, schemaVersion }) =>
  Array.from({ length: schemaVersion }, (_, index) => ({ type, version: index + 1, schemaVersion })),
);

describe('a stored cart event', () => {
  it.each(versions)(
    'has a sample that is read as the event: $type, version $version',
    ({ type, version }) => {
      const sample = STORED_EVENTS[`${type}.v${version}`];
      expect(sample).toBeDefined();
      expect(registry.rebuild(type, version, sample?.data ?? {})).toStrictEqual(sample?.event);
    },
  );

  it.each(versions)(
    'is stored as its sample says: $type, version $version',
    ({ type, version, schemaVersion }) => {
      if (version < schemaVersion) return;
      const sample = STORED_EVENTS[`${type}.v${version}`];
      expect(JSON.parse(JSON.stringify(sample?.event))).toEqual(sample?.data);
    },
  );

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
