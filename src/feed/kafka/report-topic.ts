import type { ConsumedRecord } from '../../kafka/kafka-consumption.js';

/** Where other systems report events in Kafka. */
export interface ReportTopic {
  readonly topic: string;
  /** Processes of a consumer group share the partitions of the topic. */
  readonly group: string;
  /** The topic for records that are refused. */
  readonly deadLetterTopic: string;
  /** The id of the actor of the events. Its type is `service`, as only services may report. */
  readonly actor: string;
}

/** @returns a URI that leads from an event or a dead letter back to its record */
export function placeOf(topic: string, { partition, offset }: ConsumedRecord): string {
  return `kafka:${topic}/${partition}/${offset}`;
}
