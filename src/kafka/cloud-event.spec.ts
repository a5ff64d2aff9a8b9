import { event } from '../event-sourcing/index.js';
import { recorded } from '../event-sourcing/testing/index.js';
import { cloudEvent } from './cloud-event.js';

class ItemAdded extends event('cart.item-added')<{ cartId: string; quantity: number; pricedAt?: string }>() {}

const METADATA = {
  correlationId: 'request of anna',
  causationId: 'cause',
  actor: { type: 'admin', id: 'anna' },
  commandId: 'command',
};
const RECORDED = recorded(new ItemAdded({ cartId: '7', quantity: 2 }), {
  stream: 'cart-7',
  version: 3,
  position: 41,
  occurredAt: new Date('2030-01-02T03:04:05.678Z'),
  metadata: METADATA,
});

describe('the record of an event', () => {
  it('is a CloudEvent 1.0 in binary mode, by the key of its stream', () => {
    expect(cloudEvent(RECORDED, 'cartwright.cart', '/shops/berlin')).toEqual({
      topic: 'cartwright.cart',
      key: 'cart-7',
      value: '{"cartId":"7","quantity":2}',
      headers: {
        ce_specversion: '1.0',
        ce_id: RECORDED.id,
        ce_type: 'cart.item-added',
        ce_source: '/shops/berlin',
        ce_time: '2030-01-02T03:04:05.678Z',
        ce_subject: 'cart-7',
        ce_sequence: '3',
        ce_position: '41',
        ce_actortype: 'admin',
        'content-type': 'application/json',
      },
    });
  });

  it('has the trace context of its event', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const traced = { ...RECORDED, metadata: { ...METADATA, traceparent } };
    expect(cloudEvent(traced, 'topic', '/').headers).toMatchObject({ traceparent });
  });

  it('tells the type of the actor, and no ids of people or requests', () => {
    const text = JSON.stringify(cloudEvent(RECORDED, 'topic', '/'));
    for (const secret of ['anna', 'cause', 'command']) expect(text).not.toContain(secret);
  });
});
