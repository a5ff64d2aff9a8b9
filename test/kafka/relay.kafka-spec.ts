import { KafkaBroker } from '../support/kafka-broker.js';
import { KafkaReader } from '../support/kafka-topic.js';
import { Service } from '../support/service.js';
import { relayBecomes } from './relay-status.js';

let broker: KafkaBroker;
beforeAll(async () => {
  broker = await KafkaBroker.start();
});
afterAll(() => broker.remove());

describe('the service with KAFKA_BROKERS', () => {
  it('sends every event of carts and products as a CloudEvent, in the order of its stream', async () => {
    const service = await Service.start('kafka', {
      KAFKA_BROKERS: broker.address,
      KAFKA_SOURCE: '/shops/berlin',
    });
    await service.shop.stock('MUG');
    const { id } = await service.shop.open([{ sku: 'MUG', quantity: 2 }]);
    await service.shop.add(id, { sku: 'MUG' });
    const history = await service.shop.history(id);
    const status = await relayBecomes(service, ({ state, lag }) => state === 'running' && lag === 0);
    expect(status).toMatchObject({ kind: 'relay', parked: 0 });
    expect(await service.http.get('/metrics')).toMatchObject({
      text: expect.stringMatching(/subscription_lag\{[^}]*name="kafka",kind="relay"[^}]*\} 0/) as string,
    });

    const reader = await KafkaReader.start(broker.address, ['cartwright.cart', 'cartwright.product']);
    const records = await reader.reads(1 + history.length);
    const ofCart = records.filter(({ key }) => key === `cart-${id}`);
    expect(ofCart.map(({ headers, value }) => ({ ...headers, data: JSON.parse(value) as unknown }))).toEqual(
      history.map((event) => ({
        ce_specversion: '1.0',
        ce_id: event.id,
        ce_type: event.type,
        ce_source: '/shops/berlin',
        ce_time: new Date(event.occurredAt).toISOString(),
        ce_subject: `cart-${id}`,
        ce_sequence: String(event.version),
        ce_position: String(event.position),
        ce_actortype: event.actor.type,
        'content-type': 'application/json',
        data: event.data,
      })),
    );
    expect(records.find(({ key }) => key === 'product-MUG')).toMatchObject({ topic: 'cartwright.product' });
    await reader.stop();
    expect(await service.leave()).toEqual([]);
  });

  it('starts, serves and is ready while the broker is away, and sends everything later', async () => {
    await broker.kill();
    const service = await Service.start('kafka_away', {
      KAFKA_BROKERS: broker.address,
      KAFKA_TOPICS: 'cart:away.cart',
    });
    const { id } = await service.shop.open();
    await relayBecomes(service, ({ state, lag }) => state === 'retrying' && lag > 0);
    expect(await service.http.get('/health/ready')).toMatchObject({ status: 200 });
    await broker.restart();
    const { parked } = await relayBecomes(service, ({ state, lag }) => state === 'running' && lag === 0);
    expect(parked).toBe(0);
    const reader = await KafkaReader.start(broker.address, ['away.cart']);
    expect(await reader.reads(1)).toMatchObject([{ key: `cart-${id}` }]);
    await reader.stop();
    // It said why it was retrying, and nothing else.
    const complaints = await service.leave();
    expect(complaints.every((line) => JSON.stringify(line).includes('Handler \\"kafka\\" failed'))).toBe(
      true,
    );
  });

  it('is refused in one line for a category or a type that does not exist', async () => {
    const env = { KAFKA_BROKERS: broker.address };
    await expect(Service.start('kafka_catr', { ...env, KAFKA_TOPICS: 'catr:carts' })).rejects.toThrow(
      /\nKAFKA_TOPICS: there is no "catr"; there is cart, customer, product\.$/,
    );
    await expect(Service.start('kafka_type', { ...env, KAFKA_EVENT_TYPES: 'cart.opend' })).rejects.toThrow(
      /KAFKA_EVENT_TYPES: there is no "cart.opend"/,
    );
  });
});
