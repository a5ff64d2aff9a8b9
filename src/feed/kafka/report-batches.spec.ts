import { Logger, type LoggerService } from '@nestjs/common';
import type { CommandBus } from '@nestjs/cqrs';
import { Registry } from 'prom-client';
import type { ConsumedRecord } from '../../kafka/kafka-consumption.js';
import type { DeadLetters } from './dead-letters.js';
import { ReportBatches } from './report-batches.js';
import { ReportMetrics } from './report-metrics.js';

const ID = '0191e1f0-0000-7000-8000-000000000001';
const TOPIC = { topic: 'erp.prices', group: 'shop', deadLetterTopic: 'erp.dead', actor: 'erp' };

const lines: unknown[][] = [];
const note = (...line: unknown[]): void => void lines.push(line);
beforeAll(() => {
  Logger.overrideLogger({ log: note, warn: note, error: note } satisfies LoggerService);
});
afterAll(() => {
  Logger.overrideLogger(false);
});

/** The record of a report of a price. */
function reported(offset: number): ConsumedRecord {
  const headers = { ce_id: Buffer.from(ID), ce_type: Buffer.from('product.price-reported') };
  const key = Buffer.from('product-MUG-1');
  return { partition: 3, offset: String(offset), timestamp: 0, key, value: Buffer.from('{}'), headers };
}

it('tries a record again that causes a fault, and logs which one it is', async () => {
  let calls = 0;
  const commands = {
    execute: () => {
      calls += 1;
      return calls === 2 ? Promise.reject(new TypeError('a fault')) : Promise.resolve({ isRepeat: false });
    },
  };
  const batches = new ReportBatches(
    TOPIC,
    commands as unknown as CommandBus,
    { send: () => Promise.resolve() } as unknown as DeadLetters,
    new ReportMetrics(new Registry()),
  );
  const committed: string[] = [];
  const commit = (offset: string): Promise<void> => {
    committed.push(offset);
    return Promise.resolve();
  };
  await batches.handle({ records: [reported(7), reported(8)], isCurrent: () => true, commit });
  expect(committed).toEqual(['8']);
  expect(calls).toBe(3);
  expect(lines).toEqual([
    [
      'Reports from Kafka wait, and are tried again. NotStoredError: The report at kafka:erp.prices/3/8 was not stored.',
      expect.stringContaining('TypeError: a fault'),
      'KafkaIn',
    ],
    ['The reports from Kafka are stored again.', 'KafkaIn'],
  ]);
});
