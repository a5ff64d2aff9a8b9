import { CART_EVENT_SCHEMAS } from './cart/http/cart.event-schemas.js';
import { PRODUCT_EVENT_SCHEMAS } from './catalog/http/product.event-schemas.js';
import type { Config } from './config/config.js';
import type { EventRegistry } from './event-sourcing/index.js';
import { payloadSchemas, type AsyncApiContent } from './http/asyncapi/document.js';
import { EVENT_HEADERS } from './kafka/asyncapi/record-headers.js';
import { reportTopics } from './feed/kafka/report-topic.docs.js';
import { eventTopics } from './kafka/asyncapi/topics.js';
import { DEFAULT_ROUTES } from './kafka/kafka-settings.js';

const ABOUT = `The events of the shop in Kafka. Whether the service writes to Kafka is up to its operator; the same data
are in \`GET /v1/events\`.

Records are CloudEvents 1.0 in binary mode: the attributes are headers, the value is the data of the event as JSON. The
key is the stream, so the events of a cart or product are in one partition, in order. A record may come again after a
failure. To drop repeats, keep the last \`ce_sequence\` of each \`ce_source\` and \`ce_subject\`, and skip what is not above
it. Fields and headers may be added at any time.`;

/** The descriptions of all events of the service for readers. */
export const EVENT_DESCRIPTIONS = { ...CART_EVENT_SCHEMAS, ...PRODUCT_EVENT_SCHEMAS };

/**
 * Without Kafka, the document shows the topics that the service would use.
 * @returns the content of the AsyncAPI document
 */
export function asyncApiContent(
  registry: EventRegistry,
  { kafka, reportTopic }: Pick<Config, 'kafka' | 'reportTopic'>,
): AsyncApiContent {
  const routes = kafka?.relay ?? { routes: DEFAULT_ROUTES, eventTypes: undefined };
  const events = eventTopics(registry.types, routes, EVENT_DESCRIPTIONS);
  const sent = events.flatMap(({ messages }) => Object.keys(messages));
  const reported = registry.types.filter((type) => registry.reportCheck(type) !== undefined);
  const reports = reportTopic ? reportTopics(reported, EVENT_DESCRIPTIONS, reportTopic) : [];
  return {
    about: ABOUT,
    topics: [...events, ...reports],
    schemas: {
      ...(sent.length > 0 && { EventHeaders: EVENT_HEADERS }),
      ...payloadSchemas(EVENT_DESCRIPTIONS, sent),
    },
  };
}
