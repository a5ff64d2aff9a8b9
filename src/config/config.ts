import { resolve } from 'node:path';
import { cleanEnv, type CleanedEnv } from 'envalid';
import type { AccessSettings } from '../access/access-settings.js';
import type { RateLimit } from '../access/request-counter.js';
import {
  duration,
  host,
  httpUrl,
  oneOf,
  origins,
  postgresUrl,
  postgresUrls,
  proxies,
  rateLimit,
  secret,
  secrets,
  share,
  someOf,
  text,
  wholeNumber,
} from './config.validators.js';
import {
  checkedAccess,
  checkedReplicas,
  ConfigError,
  databaseUrlsOf,
  type DatabaseUrls,
} from './config.checks.js';
import { actorId, brokers, eventTypes, topic, topicRoutes, uriReference } from './kafka.validators.js';
import { kafkaSettingsOf } from './kafka.checks.js';
import { reportTopicOf } from './kafka-in.checks.js';
import type { ReportTopic } from '../feed/kafka/report-topic.js';
import { DEFAULT_ROUTES, SASL_MECHANISMS, type KafkaSettings } from '../kafka/kafka-settings.js';
import { OTLP_PROTOCOLS, type TracingSettings } from '../tracing/tracing-settings.js';
import { SAMPLERS, tracingOf } from './tracing.checks.js';
import { ALL_ROLES, type Role } from '../operations/process-roles.js';

export { ConfigError, type DatabaseUrls } from './config.checks.js';

/** The configuration from the environment. It is read once at the start, checked and frozen. */
export interface Config {
  readonly environment: 'development' | 'test' | 'production';
  /** TCP port of the HTTP server; 0 takes any free one. */
  readonly port: number;
  /** Address or name that the HTTP server listens on. */
  readonly host: string;
  /** Absolute path of the folder for the service's own files. */
  readonly dataDir: string;
  /** Databases of the operator; undefined for the embedded PostgreSQL. */
  readonly databaseUrls: DatabaseUrls | undefined;
  /** Standbys of the query database, for queries. The URLs hold passwords: never log them. */
  readonly queryReplicaUrls: readonly string[];
  readonly access: AccessSettings;
  readonly maxItemsPerCart: number;
  /** Largest quantity of one item. */
  readonly maxQuantity: number;
  /** Milliseconds after the last change of its items at which a cart is abandoned. */
  readonly cartAbandonAfter: number;
  readonly logLevel: LogLevel;
  /** Milliseconds for a request to arrive, and as many again for its answer. */
  readonly requestTimeout: number;
  /** The requests that a caller may send; undefined for no limit. */
  readonly rateLimit: RateLimit | undefined;
  /** Addresses and subnets of the proxies whose `X-Forwarded-For` is trusted. */
  readonly trustedProxies: readonly string[];
  /** Origins of web pages that may call; `*` stands for all of them. */
  readonly corsOrigins: readonly string[];
  /** Changes in progress at the same time, at most. */
  readonly maxWaitingCommands: number;
  /** Whether a demonstration catalogue is loaded into an empty shop at the start; only in development. */
  readonly demoCatalog: boolean;
  /** How spans are sent; undefined if nothing is traced. */
  readonly tracing: TracingSettings | undefined;
  /** The roles of this process. */
  readonly roles: readonly Role[];
  /** Undefined if the service has nothing to do with Kafka. */
  readonly kafka: KafkaSettings | undefined;
  /** Where other systems report events in Kafka; undefined if they do not. */
  readonly reportTopic: ReportTopic | undefined;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** pino's levels, the most severe first. */
export type LogLevel = (typeof LOG_LEVELS)[number];

const VARIABLES = {
  NODE_ENV: oneOf(['development', 'test', 'production'])({ default: 'development' }),
  PORT: wholeNumber(0, 65_535)({ default: 3000 }),
  HOST: host({ default: '127.0.0.1' }),
  DATA_DIR: text({ default: '.data' }),
  COMMAND_DATABASE_URL: postgresUrl({ default: undefined }),
  QUERY_DATABASE_URL: postgresUrl({ default: undefined }),
  QUERY_REPLICA_URLS: postgresUrls({ default: [] }),
  AUTH_JWT_SECRET: secret({ default: undefined }),
  AUTH_JWKS_URL: httpUrl({ default: undefined }),
  AUTH_ISSUER: text({ default: undefined }),
  AUTH_AUDIENCE: text({ default: undefined }),
  CART_TOKEN_SECRETS: secrets({ default: [] }),
  MAX_ITEMS_PER_CART: wholeNumber(1, 100_000)({ default: 2000 }),
  MAX_QUANTITY: wholeNumber(1, 999_999_999)({ default: 999_999 }),
  CART_ABANDON_AFTER: duration('100ms', '365d')({ default: 24 * 60 * 60 * 1_000 }),
  LOG_LEVEL: oneOf(LOG_LEVELS)({ default: 'info' }),
  REQUEST_TIMEOUT: duration('1ms', '24h')({ default: 30_000 }),
  RATE_LIMIT: rateLimit({ default: { requests: 200, windowMs: 1_000 } }),
  TRUST_PROXY: proxies({ default: [] }),
  CORS_ORIGINS: origins({ default: [] }),
  MAX_WAITING_COMMANDS: wholeNumber(1, 1_000_000)({ default: 1_000 }),
  DEMO_CATALOG: oneOf(['on', 'off'])({ default: 'on' }),
  ROLES: someOf(ALL_ROLES)({ default: ALL_ROLES }),
  KAFKA_BROKERS: brokers({ default: undefined }),
  KAFKA_CLIENT_ID: text({ default: 'cartwright' }),
  KAFKA_TLS: oneOf(['on', 'off'])({ default: 'off' }),
  KAFKA_TLS_CA: text({ default: undefined }),
  KAFKA_TLS_CERT: text({ default: undefined }),
  KAFKA_TLS_KEY: text({ default: undefined }),
  KAFKA_SASL: oneOf(SASL_MECHANISMS)({ default: undefined }),
  KAFKA_USERNAME: text({ default: undefined }),
  KAFKA_PASSWORD: text({ default: undefined }),
  KAFKA_TOPICS: topicRoutes({ default: DEFAULT_ROUTES }),
  KAFKA_EVENT_TYPES: eventTypes({ default: undefined }),
  KAFKA_SOURCE: uriReference({ default: '/cartwright' }),
  KAFKA_CREATE_TOPICS: oneOf(['on', 'off'])({ default: 'on' }),
  KAFKA_PARTITIONS: wholeNumber(1, 10_000)({ default: 6 }),
  KAFKA_REPLICATION: wholeNumber(1, 100)({ default: undefined }),
  KAFKA_IN_TOPIC: topic({ default: undefined }),
  KAFKA_IN_GROUP: text({ default: 'cartwright' }),
  KAFKA_IN_DEAD_LETTER_TOPIC: topic({ default: undefined }),
  KAFKA_IN_ACTOR: actorId({ default: undefined }),
  OTEL_SDK_DISABLED: oneOf(['true', 'false'])({ default: 'false' }),
  OTEL_TRACES_EXPORTER: oneOf(['otlp', 'none'])({ default: undefined }),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl({ default: undefined }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl({ default: undefined }),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(OTLP_PROTOCOLS)({ default: 'http/protobuf' }),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: oneOf(OTLP_PROTOCOLS)({ default: undefined }),
  OTEL_TRACES_SAMPLER: oneOf(SAMPLERS)({ default: undefined }),
  OTEL_TRACES_SAMPLER_ARG: share({ default: undefined }),
};

/**
 * Reads the configuration from the environment. An empty variable counts as unset; `DATA_DIR` is resolved against the
 * working directory.
 * @throws ConfigError when a value is malformed or values contradict each other; no message shows a database URL or
 *   a secret
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const values = read(env, VARIABLES);
  const kafka = kafkaSettingsOf(values, values.NODE_ENV === 'production');
  return Object.freeze({
    environment: values.NODE_ENV,
    port: values.PORT,
    host: values.HOST,
    dataDir: resolve(values.DATA_DIR),
    databaseUrls: databaseUrlsOf(values.COMMAND_DATABASE_URL, values.QUERY_DATABASE_URL),
    queryReplicaUrls: checkedReplicas(values.QUERY_REPLICA_URLS, values.QUERY_DATABASE_URL),
    access: checkedAccess(
      {
        jwtSecret: values.AUTH_JWT_SECRET,
        jwksUrl: values.AUTH_JWKS_URL,
        issuer: values.AUTH_ISSUER,
        audience: values.AUTH_AUDIENCE,
        cartTokenSecrets: Object.freeze(values.CART_TOKEN_SECRETS),
      },
      values.NODE_ENV === 'production',
    ),
    maxItemsPerCart: values.MAX_ITEMS_PER_CART,
    maxQuantity: values.MAX_QUANTITY,
    cartAbandonAfter: values.CART_ABANDON_AFTER,
    logLevel: values.LOG_LEVEL,
    requestTimeout: values.REQUEST_TIMEOUT,
    rateLimit: values.RATE_LIMIT === 'off' ? undefined : Object.freeze(values.RATE_LIMIT),
    trustedProxies: Object.freeze(values.TRUST_PROXY),
    corsOrigins: Object.freeze(values.CORS_ORIGINS),
    maxWaitingCommands: values.MAX_WAITING_COMMANDS,
    demoCatalog: values.NODE_ENV === 'development' && values.DEMO_CATALOG === 'on',
    tracing: tracingOf(values),
    roles: Object.freeze(values.ROLES),
    kafka,
    reportTopic: reportTopicOf(values, kafka),
  });
}

/**
 * Reads only the location of the databases from the environment, for programs that work on them beside the service.
 * @throws ConfigError as `loadConfig` does
 */
export function loadDatabaseConfig(env: NodeJS.ProcessEnv): Pick<Config, 'databaseUrls' | 'dataDir'> {
  const { DATA_DIR, COMMAND_DATABASE_URL, QUERY_DATABASE_URL } = VARIABLES;
  const values = read(env, { DATA_DIR, COMMAND_DATABASE_URL, QUERY_DATABASE_URL });
  return {
    dataDir: resolve(values.DATA_DIR),
    databaseUrls: databaseUrlsOf(values.COMMAND_DATABASE_URL, values.QUERY_DATABASE_URL),
  };
}

function read<Variables extends Partial<typeof VARIABLES>>(
  env: NodeJS.ProcessEnv,
  variables: Variables,
): CleanedEnv<Variables> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  return cleanEnv(given, variables, {
    reporter: ({ errors }) => {
      refuse(errors);
    },
  });
}

function refuse(errors: Partial<Record<string, Error>>): void {
  const sentences = Object.entries(errors).map(
    ([name, error]) => `${name} ${error?.message ?? 'is malformed'}`,
  );
  if (sentences.length > 0) throw new ConfigError(`${sentences.join('; ')}.`);
}
