import type { HttpAdapterHost } from '@nestjs/core';
import type { CommandBus } from '@nestjs/cqrs';
import { Registry } from 'prom-client';
import type { Consumption } from '../../kafka/kafka-consumption.js';
import type { KafkaPort } from '../../kafka/kafka-port.js';
import { ReportConsumer } from './report-consumer.js';
import { ReportMetrics } from './report-metrics.js';

const TOPIC = { topic: 'erp.prices', group: 'shop', deadLetterTopic: 'erp.dead', actor: 'erp' };
const TOPICS = { createsTopics: false, partitions: 2, replication: undefined };

/** A record that is refused. */
const POISON = { partition: 1, offset: '7', timestamp: 0, key: null, value: Buffer.from('{'), headers: {} };

it('opens a new producer for dead letters when its partitions have changed', async () => {
  const said: string[] = [];
  let consumption: Consumption | undefined;
  const port: Partial<KafkaPort> = {
    ensureTopics: () => Promise.resolve(),
    lags: () => Promise.resolve(new Map()),
    producer: (transactionalId) => {
      said.push(`opened ${transactionalId}`);
      return Promise.resolve({
        send: ([record]) => Promise.resolve(void said.push(`sent ${String(record?.value)}`)),
        close: () => Promise.resolve(void said.push('closed')),
      });
    },
    consume: (begun, signal) => {
      consumption = begun;
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          begun.onAssigned([]);
          resolve();
        });
      });
    },
  };
  const consumer = new ReportConsumer({} as HttpAdapterHost, {} as CommandBus, port as KafkaPort, {
    topic: TOPIC,
    topics: TOPICS,
    metrics: new ReportMetrics(new Registry()),
  });
  consumer.onApplicationBootstrap();
  await new Promise((resolve) => setImmediate(resolve));
  const refuse = () =>
    consumption?.handle({ records: [POISON], isCurrent: () => true, commit: () => Promise.resolve() });

  consumption?.onAssigned([0, 1]);
  await refuse();
  await refuse();
  consumption?.onAssigned([0]);
  consumption?.onAssigned([0, 1]);
  await refuse();
  await consumer.onModuleDestroy();
  expect(said).toEqual([
    'opened shop-dead-letters-erp.prices-1',
    'sent {',
    'sent {',
    'closed',
    'opened shop-dead-letters-erp.prices-1',
    'sent {',
    'closed',
  ]);
});
