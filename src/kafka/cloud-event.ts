import type { RecordedEvent } from '../event-sourcing/index.js';
import type { KafkaRecord } from './kafka-port.js';

/**
 * Turns an event into a record: a CloudEvent 1.0 in binary mode. The key is the stream. The value is the data of the
 * event as JSON. Of the metadata, only the type of the actor and the trace context leave the service: no ids of people,
 * and no ids of requests, which callers choose.
 * @param source tells this shop from others in the same topic
 */
export function cloudEvent(recorded: RecordedEvent, topic: string, source: string): KafkaRecord {
  const { event, id, metadata, occurredAt, position, stream, version } = recorded;
  const { traceparent } = metadata;
  return {
    topic,
    key: stream,
    value: JSON.stringify(event),
    headers: {
      ce_specversion: '1.0',
      ce_id: id,
      ce_type: event.type,
      ce_source: source,
      ce_time: occurredAt.toISOString(),
      ce_subject: stream,
      ce_sequence: String(version),
      ce_position: String(position),
      ce_actortype: metadata.actor.type,
      'content-type': 'application/json',
      ...(traceparent !== undefined && { traceparent }),
    },
  };
}
