import 'reflect-metadata';
import { asyncApiContent, EVENT_DESCRIPTIONS } from '../../src/async-api-description.js';
import { cartEvents } from '../../src/cart/domain/cart.events.js';
import { customerEvents } from '../../src/cart/domain/customer.events.js';
import { STORED_EVENTS as CART_EVENTS } from '../../src/cart/testing/stored-events.js';
import { productEvents } from '../../src/catalog/domain/product.events.js';
import { STORED_EVENTS as PRODUCT_EVENTS } from '../../src/catalog/testing/stored-events.js';
import { checkPriceReport } from '../../src/catalog/http/price-report.dto.js';
import { loadConfig } from '../../src/config/config.js';
import { EventRegistry } from '../../src/event-sourcing/index.js';
import { createAsyncApiDocument } from '../../src/http/asyncapi/document.js';
import { closed, payloadSchema, type FieldSchema } from '../../src/http/asyncapi/event-schemas.js';
import { validatorOf } from '../support/contract/validator.js';
import { useService } from '../support/use-service.js';
import { findingsIn, LINT_TIMEOUT_MS } from './linters.js';

interface Reference {
  readonly $ref: string;
}

/** What the specs look at in the document. */
interface AsyncApiDocument {
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, { readonly action: string; readonly channel: Reference }>>;
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<string, object>>;
  };
}

interface Channel {
  readonly address: string;
  readonly messages: Readonly<Record<string, Reference>>;
}

interface Message {
  readonly name: string;
  readonly payload: Reference;
}

const service = useService('asyncapi');

const SAMPLES = Object.entries({ ...CART_EVENTS, ...PRODUCT_EVENTS }).map(([name, { data }]) => {
  return [name, name.replace(/\.v\d+$/, ''), data] as const;
});

let text: string;
let document: AsyncApiDocument;

beforeAll(async () => {
  const answer = await service().http.get<AsyncApiDocument>('/asyncapi.json');
  expect(answer.status).toBe(200);
  ({ text, body: document } = answer);
});

describe('the AsyncAPI document', () => {
  it(
    'passes the ruleset asyncapi of Spectral without a warning, and is refused when it is broken',
    async () => {
      const broken = text
        .replace('#/channels/cart/messages/cart.opened', '#/channels/cart/messages/cart.closed')
        .replace('"type":"object","required":["sku"', '"type":"thing","required":["sku"');
      const [ours, found] = await findingsIn([text, broken]);
      expect(ours).toEqual([]);
      expect(found).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^spectral error invalid-ref at operations\/send-cart\//),
          expect.stringMatching(/^spectral error asyncapi-3-document-resolved at components\/schemas\//),
        ]),
      );
    },
    LINT_TIMEOUT_MS,
  );

  it(
    'passes without a warning, whatever is configured',
    async () => {
      const registry = everyEvent();
      const documents = [
        { KAFKA_IN_TOPIC: 'erp.prices', KAFKA_IN_ACTOR: 'erp' },
        { KAFKA_TOPICS: 'cart:shop,product:shop,customer:shop' },
        { KAFKA_TOPICS: 'off' },
        { KAFKA_EVENT_TYPES: 'cart.opened' },
      ].map((env) => {
        const config = loadConfig({ KAFKA_BROKERS: 'kafka.internal:9092', ...env });
        return JSON.stringify(createAsyncApiDocument(asyncApiContent(registry, config)));
      });
      expect(await findingsIn(documents)).toEqual(documents.map(() => []));
      expect(documents.join()).not.toContain('kafka.internal');
      const { channels } = JSON.parse(documents[0] ?? '') as AsyncApiDocument;
      expect(channels['reports']).toMatchObject({
        address: 'erp.prices',
        messages: { 'report.product.price-reported': expect.anything() as unknown },
      });
      expect(channels['dead-letters']).toMatchObject({ address: 'erp.prices.dead-letters' });
    },
    LINT_TIMEOUT_MS,
  );

  it('has a message for every registered event, in the topic of its category', () => {
    const registry = everyEvent();
    const sent = registry.types.filter((type) => /^(cart|product)\./.test(type));
    expect(sent.length).toBeGreaterThan(15);
    const shown = Object.entries(document.channels).flatMap(([category, { address, messages }]) =>
      Object.keys(messages).map((type) => [category, address, type]),
    );
    expect(shown.sort()).toEqual(
      sent
        .map((type) => {
          const [category = ''] = type.split('.', 1);
          return [category, `cartwright.${category}`, type];
        })
        .sort(),
    );
    for (const type of sent) {
      expect(document.components.messages[type]).toMatchObject({
        name: type,
        payload: { $ref: `#/components/schemas/${type}` },
      });
    }
  });

  it.each(SAMPLES)('describes the stored event %s in full', (_name, type, data) => {
    const described = payloadSchema(EVENT_DESCRIPTIONS[type as keyof typeof EVENT_DESCRIPTIONS]);
    expect(validatorOf(closed(withoutWords(described)))(data)).toEqual([]);
    const shown = document.components.schemas[type];
    if (type in document.components.messages) expect(shown).toEqual(JSON.parse(JSON.stringify(described)));
  });

  it('refuses an event that lacks a field, has another one, or one of another type', () => {
    const described = payloadSchema(EVENT_DESCRIPTIONS['product.registered']);
    const differences = validatorOf(closed(withoutWords(described)));
    const { data } = PRODUCT_EVENTS['product.registered.v1'];
    expect(differences({ ...data, name: undefined, active: 'yes', colour: 'red' })).toHaveLength(3);
  });

  it('tells nothing of the addresses of brokers', () => {
    expect(text).not.toMatch(/127\.0\.0\.1|localhost|:\d{4,5}\b/);
  });
});

function everyEvent(): EventRegistry {
  const registry = new EventRegistry();
  const reports = { 'product.price-reported': checkPriceReport };
  for (const events of [cartEvents, customerEvents, { ...productEvents, reports }]) registry.register(events);
  return registry;
}

/** Leaves out what does not narrow a schema, because the validator refuses some of it. */
function withoutWords(schema: FieldSchema): FieldSchema {
  const text = JSON.stringify(schema, (key, value: unknown) =>
    key === 'description' || key === 'examples' ? undefined : value,
  );
  return JSON.parse(text) as FieldSchema;
}
