import { payloadSchema, type AnyEventDescriptions, type FieldSchema } from './event-schemas.js';

/** A topic of the document, and the events on it. */
export interface DescribedTopic {
  /** Identifies it in the document. */
  readonly id: string;
  /** The name of the topic. */
  readonly topic: string;
  readonly title: string;
  readonly description: string;
  /** Whether the service writes to the topic (`send`) or reads it (`receive`). */
  readonly action: 'send' | 'receive';
  /** The key of the records. */
  readonly key: FieldSchema;
  /** By a name that is unique in the document. */
  readonly messages: Readonly<Record<string, DescribedMessage>>;
}

/** A kind of record. */
export interface DescribedMessage {
  /** What the record is called in its topic, such as the type of an event. */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly headers: FieldSchema;
  /** Undefined if the value may be anything. */
  readonly payload?: object;
  /** `application/json` unless given. */
  readonly contentType?: string;
}

/** The content of an AsyncAPI document. */
export interface AsyncApiContent {
  /** The purpose of the topics, in Markdown. */
  readonly about: string;
  readonly topics: readonly DescribedTopic[];
  readonly schemas: Readonly<Record<string, object>>;
}

/**
 * @returns an AsyncAPI 3.0 document. It names no address of a broker: everybody may read it, and what a client has to
 *   use depends on the network of the client.
 */
export function createAsyncApiDocument({ about, topics, schemas }: AsyncApiContent): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Cartwright',
      version: '1',
      description: about,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
      tags: topics.map(({ id, description }) => ({ name: id, description })),
    },
    defaultContentType: 'application/json',
    servers: {
      kafka: {
        host: '{brokers}',
        protocol: 'kafka',
        description: 'The Kafka cluster of the shop.',
        variables: {
          brokers: { description: 'The addresses of the brokers, from the operator of the cluster.' },
        },
      },
    },
    channels: Object.fromEntries(topics.map((topic) => [topic.id, channelOf(topic)])),
    operations: Object.fromEntries(topics.map((topic) => [operationId(topic), operationOf(topic)])),
    components: {
      messages: Object.fromEntries(topics.flatMap(messagesOf)),
      schemas,
    },
  };
}

/** @returns the schemas of the data of events of these types, by type */
export function payloadSchemas(
  events: AnyEventDescriptions,
  types: readonly string[],
): Record<string, object> {
  return Object.fromEntries(
    types.flatMap((type) => (events[type] === undefined ? [] : [[type, payloadSchema(events[type])]])),
  );
}

function channelOf({ topic, title, description, messages }: DescribedTopic): object {
  return {
    address: topic,
    title,
    description,
    messages: Object.fromEntries(
      Object.keys(messages).map((id) => [id, { $ref: `#/components/messages/${id}` }]),
    ),
  };
}

function operationOf({ id, title, description, action, messages }: DescribedTopic): object {
  return {
    action,
    channel: { $ref: `#/channels/${id}` },
    title,
    description,
    tags: [{ name: id }],
    messages: Object.keys(messages).map((message) => ({ $ref: `#/channels/${id}/messages/${message}` })),
  };
}

function messagesOf({ key, messages }: DescribedTopic): [id: string, message: object][] {
  const bindings = { kafka: { key, bindingVersion: '0.5.0' } };
  return Object.entries(messages).map(([id, message]) => [
    id,
    { contentType: 'application/json', ...message, bindings },
  ]);
}

const operationId = ({ id, action }: DescribedTopic): string => `${action}-${id}`;
