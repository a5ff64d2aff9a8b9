import { event } from '../event-sourcing/index.js';
import { recorded } from '../event-sourcing/testing/index.js';
import { KafkaSettingsError, TopicMap } from './topic-map.js';

class Opened extends event('cart.opened')<object>() {}
class Cleared extends event('cart.cleared')<object>() {}
class Assigned extends event('customer.cart-assigned')<object>() {}

const KNOWN = [Opened.type, Cleared.type, Assigned.type, 'product.renamed'];
const ROUTES = [{ category: 'cart', topic: 'carts' }];
const opened = recorded(new Opened({}), { stream: 'cart-1-2' });

describe('the topics', () => {
  it('follow from the category of the stream; other categories have none', () => {
    const map = new TopicMap({ routes: ROUTES, eventTypes: undefined }, KNOWN);
    expect(map.topicOf(opened)).toBe('carts');
    expect(map.topicOf(recorded(new Assigned({}), { stream: 'customer-1' }))).toBeUndefined();
    expect(map.names).toEqual(['carts']);
  });

  it('can be limited to types of events', () => {
    const cleared = recorded(new Cleared({}), { stream: 'cart-1' });
    const one = new TopicMap({ routes: ROUTES, eventTypes: ['cart.cleared', 'product.*'] }, KNOWN);
    expect([one.topicOf(opened), one.topicOf(cleared)]).toEqual([undefined, 'carts']);
    const all = new TopicMap({ routes: ROUTES, eventTypes: ['cart.*'] }, KNOWN);
    expect([all.topicOf(opened), all.topicOf(cleared)]).toEqual(['carts', 'carts']);
  });

  it('may be shared by categories', () => {
    const routes = [...ROUTES, { category: 'customer', topic: 'carts' }];
    expect(new TopicMap({ routes, eventTypes: undefined }, KNOWN).names).toEqual(['carts']);
  });

  it.each([
    [
      { routes: [{ category: 'catr', topic: 'carts' }], eventTypes: undefined },
      'KAFKA_TOPICS: there is no "catr"',
    ],
    [{ routes: ROUTES, eventTypes: ['cart.opend'] }, 'KAFKA_EVENT_TYPES: there is no "cart.opend"'],
    [{ routes: ROUTES, eventTypes: ['order.*'] }, 'KAFKA_EVENT_TYPES: there is no "order.*"'],
  ])('are refused for what no event has: %j', (settings, message) => {
    expect(() => new TopicMap(settings, KNOWN)).toThrow(KafkaSettingsError);
    expect(() => new TopicMap(settings, KNOWN)).toThrow(message);
  });
});
