import { makeExactValidator } from 'envalid';
import type { TopicRoute } from '../kafka/kafka-settings.js';
import { shown } from './config.validators.js';

const BROKER = /^(?<host>\[[0-9a-f:.]+\]|[a-z0-9_.-]+):(?<port>\d{1,5})$/i;
const TOPIC = /^[a-zA-Z0-9._-]{1,249}$/;
const CATEGORY = /^[a-z][a-z0-9]*$/i;
/** `cart.*` or `cart.item-added`. */
const EVENT_TYPES = /^[a-z][a-z0-9]*\.(\*|[a-z0-9.-]+)$/i;

/** `host:port` of brokers, with commas in between. */
export const brokers = makeExactValidator<readonly string[]>((value) => {
  const list = listOf(value);
  if (list.every(isBroker)) return list;
  throw new Error(`must be host:port of brokers with commas in between, ${shown(value)}`);
});

/** The name of a topic. */
export const topic = makeExactValidator<string>((value) => {
  if (isTopic(value)) return value;
  throw new Error(`must be the name of a topic: letters, digits, dots, _ and -, ${shown(value)}`);
});

/** `category:topic` with commas in between, or `off`. */
export const topicRoutes = makeExactValidator<readonly TopicRoute[]>((value) => {
  if (value === 'off') return [];
  const routes = listOf(value).map((route) => {
    const [category = '', name = '', ...more] = route.split(':');
    return { category, topic: name, isWell: CATEGORY.test(category) && isTopic(name) && more.length === 0 };
  });
  const isUnique = new Set(routes.map(({ category }) => category)).size === routes.length;
  if (isUnique && routes.every(({ isWell }) => isWell))
    return routes.map(({ category, topic: name }) => ({ category, topic: name }));
  throw new Error(
    'must give each category of streams its topic, such as cart:cartwright.cart,product:cartwright.product, ' +
      `or be off, ${shown(value)}`,
  );
});

/** Types of events, `*` for all of a category, with commas in between. */
export const eventTypes = makeExactValidator<readonly string[]>((value) => {
  const list = listOf(value);
  if (list.every((one) => EVENT_TYPES.test(one))) return list;
  throw new Error(
    `must be types of events with commas in between, such as cart.*,product.renamed, ${shown(value)}`,
  );
});

/** A URI reference: what CloudEvents calls the source. */
export const uriReference = makeExactValidator<string>((value) => {
  if (/^[\x21-\x7e]{1,200}$/.test(value) && URL.canParse(value, 'https://cartwright.example')) return value;
  throw new Error(`must be a URI or an absolute path, such as /shops/berlin, ${shown(value)}`);
});

/** The id of an actor: 1 to 256 characters, as the subject of a JWT. */
export const actorId = makeExactValidator<string>((value) => {
  if (value.length <= 256) return value;
  throw new Error(`must have 256 characters at most, ${shown(value)}`);
});

function isBroker(value: string): boolean {
  const port = Number(BROKER.exec(value)?.groups?.['port']);
  return port >= 1 && port <= 65_535;
}

function isTopic(value: string): boolean {
  return TOPIC.test(value) && value !== '.' && value !== '..';
}

function listOf(value: string): readonly string[] {
  return value.split(',').map((one) => one.trim());
}
