import { CART_EVENT_SCHEMAS } from './cart/http/cart.event-schemas.js';
import { PRODUCT_EVENT_SCHEMAS } from './catalog/http/product.event-schemas.js';
import type { EventRegistry } from './event-sourcing/index.js';
import { payloadSchemas, type AsyncApiContent } from './http/asyncapi/document.js';
import { EVENT_HEADERS } from './kafka/asyncapi/record-headers.js';
import { eventTopics } from './kafka/asyncapi/topics.js';

const ABOUT = `The events of the shop in Kafka. Whether the service writes to Kafka is up to its operator; the same data
are in \`GET /v1/events\`.

Records are CloudEvents 1.0 in binary mode: the attributes are headers, the value is the data of the event as JSON. The
key is the stream, so the events of a cart or product are in one partition, in order. A record may come again after a
failure. To drop repeats, keep the last \`ce_sequence\` of each \`ce_source\` and \`ce_subject\`, and skip what is not above
it. Fields and headers may be added at any time.`;

/** The descriptions of all events of the service for readers. */
export const EVENT_DESCRIPTIONS = { ...CART_EVENT_SCHEMAS, ...PRODUCT_EVENT_SCHEMAS };

/**
 * @param topics the names of the topics by category
 * @returns the content of the AsyncAPI document
 */
export function asyncApiContent(
  registry: EventRegistry,
  topics: Readonly<Record<string, string>>,
): AsyncApiContent {
  const described = eventTopics(registry.types, topics, EVENT_DESCRIPTIONS);
  const sent = described.flatMap(({ messages }) => Object.keys(messages));
  return {
    about: ABOUT,
    topics: described,
    schemas: { EventHeaders: EVENT_HEADERS, ...payloadSchemas(EVENT_DESCRIPTIONS, sent) },
  };
}
