import { check } from '../../kafka/crash/check.js';
import type { LogEvent } from '../../kafka/crash/stage.js';
import { withClient } from '../../lifecycle/embedded-database.js';
import { KafkaReader } from '../../support/kafka-topic.js';
import type { Violation } from '../violation.js';

const TOPICS = ['cartwright.cart', 'cartwright.product'];
const SENT = `SELECT id, stream, version, data FROM event_log
  WHERE stream LIKE 'cart-%' OR stream LIKE 'product-%' ORDER BY position`;

/** The topics hold every event of carts and products, and each stream in order; only repeats may be added. */
export async function checkTopics(
  commandUrl: string,
  broker: string,
): Promise<{ readonly violations: Violation[]; readonly figures: Readonly<Record<string, number>> }> {
  const events = await withClient(commandUrl, async (client) => (await client.query<LogEvent>(SENT)).rows);
  const reader = await KafkaReader.start(broker, TOPICS);
  try {
    const { violations, records, lost, repeats } = check(events, await reader.readsAll(events.length));
    return {
      violations: violations.map((what) => ({ rule: 'the topics hold the log', evidence: { what } })),
      figures: { records, 'lost records': lost, 'repeated records': repeats },
    };
  } finally {
    await reader.stop();
  }
}
