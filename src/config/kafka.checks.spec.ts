import { resolve } from 'node:path';
import { loadConfig } from './config.js';
import { refusal } from './testing/refusal.js';

const BROKERS = { KAFKA_BROKERS: 'kafka-1.example:9092, 10.0.0.2:9093,[::1]:9092' };
const LOGIN = { KAFKA_SASL: 'scram-sha-512', KAFKA_USERNAME: 'shop', KAFKA_PASSWORD: 's3cret' };
const PEM = resolve('package.json');
const PRODUCTION = {
  NODE_ENV: 'production',
  AUTH_JWT_SECRET: 'n3w-s3cret-of-at-least-32-bytes--',
  CART_TOKEN_SECRETS: 'n3w-s3cret-of-at-least-32-bytes--',
};

describe('the settings of Kafka', () => {
  it('are none without brokers', () => {
    expect(loadConfig({}).kafka).toBeUndefined();
  });

  it('need only the brokers', () => {
    expect(loadConfig(BROKERS).kafka).toEqual({
      connection: {
        brokers: ['kafka-1.example:9092', '10.0.0.2:9093', '[::1]:9092'],
        clientId: 'cartwright',
        tls: undefined,
        sasl: undefined,
      },
      relay: {
        routes: [
          { category: 'cart', topic: 'cartwright.cart' },
          { category: 'product', topic: 'cartwright.product' },
        ],
        eventTypes: undefined,
        source: '/cartwright',
        createsTopics: true,
        partitions: 6,
        replication: undefined,
      },
    });
  });

  it('take everything from the environment', () => {
    const { kafka } = loadConfig({
      ...BROKERS,
      ...LOGIN,
      KAFKA_CLIENT_ID: 'shop-1',
      KAFKA_TLS: 'on',
      KAFKA_TLS_CA: PEM,
      KAFKA_TLS_CERT: PEM,
      KAFKA_TLS_KEY: PEM,
      KAFKA_TOPICS: 'cart:carts, customer:people',
      KAFKA_EVENT_TYPES: 'cart.*, customer.cart-assigned',
      KAFKA_SOURCE: 'https://shop.example/berlin',
      KAFKA_CREATE_TOPICS: 'off',
      KAFKA_PARTITIONS: '12',
      KAFKA_REPLICATION: '3',
    });
    const pem = expect.stringContaining('"cartwright"') as string;
    expect(kafka).toMatchObject({
      connection: {
        clientId: 'shop-1',
        tls: { ca: pem, cert: pem, key: pem },
        sasl: { mechanism: 'scram-sha-512', username: 'shop', password: 's3cret' },
      },
      relay: {
        routes: [
          { category: 'cart', topic: 'carts' },
          { category: 'customer', topic: 'people' },
        ],
        eventTypes: ['cart.*', 'customer.cart-assigned'],
        source: 'https://shop.example/berlin',
        createsTopics: false,
        partitions: 12,
        replication: 3,
      },
    });
  });

  it('may turn the relay off', () => {
    expect(loadConfig({ ...BROKERS, KAFKA_TOPICS: 'off' }).kafka?.relay.routes).toEqual([]);
  });

  it.each([
    { KAFKA_BROKERS: 'kafka.example' },
    { KAFKA_BROKERS: 'kafka.example:0' },
    { KAFKA_BROKERS: 'kafka.example:65536' },
    { KAFKA_BROKERS: 'http://kafka.example:9092' },
    { KAFKA_BROKERS: 'a:1,,b:2' },
    { KAFKA_TOPICS: 'cart' },
    { KAFKA_TOPICS: 'cart:carts,cart:others' },
    { KAFKA_TOPICS: 'cart:..' },
    { KAFKA_TOPICS: 'cart:with space' },
    { KAFKA_TOPICS: 'cart:a:b' },
    { KAFKA_EVENT_TYPES: 'cart' },
    { KAFKA_EVENT_TYPES: '*' },
    { KAFKA_SOURCE: 'with space' },
    { KAFKA_TLS: 'yes' },
    { KAFKA_SASL: 'oauthbearer' },
    { KAFKA_PARTITIONS: '0' },
    { KAFKA_REPLICATION: '-1' },
  ])('are refused if malformed: %j', (env) => {
    const [name] = Object.keys(env);
    expect(refusal({ ...BROKERS, ...env })).toMatch(new RegExp(`^${String(name)} must .*, not "`));
  });

  it.each([
    [{ KAFKA_TLS: 'on' }, 'KAFKA_BROKERS must be set too'],
    [LOGIN, 'KAFKA_BROKERS must be set too'],
    [{ ...BROKERS, KAFKA_TLS_CA: PEM }, 'KAFKA_TLS must be on'],
    [
      { ...BROKERS, KAFKA_TLS: 'on', KAFKA_TLS_CERT: PEM },
      'KAFKA_TLS_CERT and KAFKA_TLS_KEY belong together',
    ],
    [
      { ...BROKERS, KAFKA_TLS: 'on', KAFKA_TLS_CA: '/nowhere.pem' },
      'KAFKA_TLS_CA: the file /nowhere.pem cannot be read',
    ],
    [
      { ...BROKERS, KAFKA_SASL: 'plain', KAFKA_PASSWORD: 's3cret' },
      'KAFKA_SASL, KAFKA_USERNAME and KAFKA_PASSWORD',
    ],
    [
      { ...PRODUCTION, ...BROKERS, ...LOGIN, KAFKA_SASL: 'plain' },
      'KAFKA_SASL=plain sends the password as it is',
    ],
  ])('are refused if they contradict each other: %j', (env, message) => {
    const line = refusal(env);
    expect(line).toContain(message);
    expect(line).not.toMatch(/s3cret|\n/);
  });
});
