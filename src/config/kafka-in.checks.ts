import type { ReportTopic } from '../feed/kafka/report-topic.js';
import type { KafkaSettings } from '../kafka/kafka-settings.js';
import { ConfigError } from './config.checks.js';

/** The variables that begin with `KAFKA_IN_`, as far as they are set. */
export interface KafkaInVariables {
  readonly KAFKA_IN_TOPIC: string | undefined;
  readonly KAFKA_IN_GROUP: string;
  readonly KAFKA_IN_DEAD_LETTER_TOPIC: string | undefined;
  readonly KAFKA_IN_ACTOR: string | undefined;
}

/**
 * Checks the settings of reports through Kafka.
 * @returns undefined if no reports come through Kafka
 * @throws ConfigError when they contradict each other
 */
export function reportTopicOf(
  values: KafkaInVariables,
  kafka: KafkaSettings | undefined,
): ReportTopic | undefined {
  const { KAFKA_IN_TOPIC: topic, KAFKA_IN_GROUP: group, KAFKA_IN_ACTOR: actor } = values;
  if (topic === undefined) {
    if (values.KAFKA_IN_DEAD_LETTER_TOPIC === undefined && actor === undefined) return undefined;
    throw new ConfigError(
      'KAFKA_IN_TOPIC must be set too when KAFKA_IN_DEAD_LETTER_TOPIC or KAFKA_IN_ACTOR is.',
    );
  }
  if (kafka === undefined) throw new ConfigError('KAFKA_BROKERS must be set too when KAFKA_IN_TOPIC is.');
  if (actor === undefined) {
    throw new ConfigError(
      'KAFKA_IN_ACTOR must be set too when KAFKA_IN_TOPIC is: the actor of the events, such as erp.',
    );
  }
  const deadLetterTopic = values.KAFKA_IN_DEAD_LETTER_TOPIC ?? `${topic}.dead-letters`;
  const sent = kafka.relay.routes.map((route) => route.topic);
  if (new Set([topic, deadLetterTopic, ...sent]).size < new Set(sent).size + 2) {
    throw new ConfigError(
      'KAFKA_IN_TOPIC, KAFKA_IN_DEAD_LETTER_TOPIC and the topics of KAFKA_TOPICS must differ: ' +
        'otherwise the service would read its own records.',
    );
  }
  return Object.freeze({ topic, group, deadLetterTopic, actor });
}
