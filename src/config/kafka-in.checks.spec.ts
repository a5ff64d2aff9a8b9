import { loadConfig } from './config.js';
import { refusal } from './testing/refusal.js';

const KAFKA = { KAFKA_BROKERS: 'kafka.example:9092' };
const IN = { ...KAFKA, KAFKA_IN_TOPIC: 'erp.prices', KAFKA_IN_ACTOR: 'erp' };

describe('the settings of reports through Kafka', () => {
  it('are off unless a topic is named', () => {
    expect(loadConfig(KAFKA).reportTopic).toBeUndefined();
    expect(loadConfig({}).reportTopic).toBeUndefined();
  });

  it('name a topic for dead letters and a group by default', () => {
    expect(loadConfig(IN).reportTopic).toEqual({
      topic: 'erp.prices',
      group: 'cartwright',
      deadLetterTopic: 'erp.prices.dead-letters',
      actor: 'erp',
    });
  });

  it.each([
    ['without a broker', { ...IN, KAFKA_BROKERS: '' }, /^KAFKA_BROKERS must be set too/],
    ['without an actor', { ...IN, KAFKA_IN_ACTOR: '' }, /^KAFKA_IN_ACTOR must be set too/],
    ['without a topic', { ...IN, KAFKA_IN_TOPIC: '' }, /^KAFKA_IN_TOPIC must be set too/],
    ['with a topic that is written', { ...IN, KAFKA_IN_TOPIC: 'cartwright.product' }, /must differ/],
    ['with dead letters that are read', { ...IN, KAFKA_IN_DEAD_LETTER_TOPIC: 'erp.prices' }, /must differ/],
    [
      'with dead letters among events',
      { ...IN, KAFKA_IN_DEAD_LETTER_TOPIC: 'cartwright.cart' },
      /must differ/,
    ],
    ['with a name that is none', { ...IN, KAFKA_IN_TOPIC: 'erp prices' }, /^KAFKA_IN_TOPIC must be the name/],
    ['with too long an actor', { ...IN, KAFKA_IN_ACTOR: 'x'.repeat(257) }, /^KAFKA_IN_ACTOR must have 256/],
  ])('are refused %s', (_what, env, message) => {
    expect(refusal(env)).toMatch(message);
  });

  it('may name no topic of events, even if two categories share one', () => {
    const topics = 'cart:shop,product:shop';
    expect(loadConfig({ ...IN, KAFKA_TOPICS: topics }).reportTopic?.topic).toBe('erp.prices');
    expect(refusal({ ...IN, KAFKA_TOPICS: topics, KAFKA_IN_TOPIC: 'shop' })).toMatch(/must differ/);
  });
});
