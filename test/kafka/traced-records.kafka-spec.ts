import { randomBytes } from 'node:crypto';
import { KafkaBroker } from '../support/kafka-broker.js';
import { KafkaReader } from '../support/kafka-topic.js';
import { Service } from '../support/service.js';
import { OtlpReceiver } from '../tracing/otlp-receiver.js';

it('sends records in the trace of the request, and spans of the relay to it', async () => {
  const [broker, receiver] = await Promise.all([KafkaBroker.start(), OtlpReceiver.start()]);
  const service = await Service.start('traced_records', {
    ...receiver.env,
    KAFKA_BROKERS: broker.address,
    KAFKA_TOPICS: 'cart:traced.cart',
  });
  const trace = randomBytes(16).toString('hex');
  await service.http.send('POST', '/v1/carts', {
    headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` },
    body: { currency: 'EUR' },
  });
  const spans = await receiver.trace(trace, ['POST /v1/carts', 'command OpenCartCommand', 'relay kafka']);
  const command = spans.find(({ name }) => name === 'command OpenCartCommand');
  const relay = spans.find(({ name }) => name === 'relay kafka');
  expect(relay?.parentSpanId).toBe(command?.spanId);

  const reader = await KafkaReader.start(broker.address, ['traced.cart']);
  const [record] = await reader.reads(1);
  expect(record?.headers['traceparent']).toBe(`00-${trace}-${command?.spanId ?? ''}-01`);
  await reader.stop();
  expect(await service.leave()).toEqual([]);
  await receiver.close();
  await broker.remove();
});
