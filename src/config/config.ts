import { resolve } from 'node:path';
import { cleanEnv, type CleanedEnv } from 'envalid';
import { whatIsWrongWith, type AccessSettings } from '../access/access-settings.js';
import type { RateLimit } from '../access/request-counter.js';
import { forwarders, origins, rateLimit } from './config.limits.js';
import {
  duration,
  host,
  httpUrl,
  oneOf,
  postgresUrl,
  secret,
  secrets,
  someOf,
  text,
  wholeNumber,
} from './config.validators.js';
import { ALL_ROLES, type Role } from '../operations/process-roles.js';

/** What the environment says, checked: made once at the start, frozen, and handed to whoever needs a part of it. */
export interface Config {
  readonly environment: 'development' | 'test' | 'production';
  /** TCP port of the HTTP server; 0 takes any free one. */
  readonly port: number;
  /** Address or name that the HTTP server listens on. */
  readonly host: string;
  /** Absolute path of the folder that the service keeps its own files in. */
  readonly dataDir: string;
  /** Databases of the operator's own; undefined stands for the embedded PostgreSQL. */
  readonly databaseUrls: DatabaseUrls | undefined;
  readonly access: AccessSettings;
  readonly maxItemsPerCart: number;
  /** Largest quantity of one item. */
  readonly maxQuantity: number;
  /** Milliseconds after the last change of its items at which a cart is abandoned. */
  readonly cartAbandonAfter: number;
  readonly logLevel: LogLevel;
  /** Milliseconds that a request may take to arrive, and again as many for its answer. */
  readonly requestTimeout: number;
  /** How many requests a caller may send; undefined for no limit. */
  readonly rateLimit: RateLimit | undefined;
  /** Addresses and subnets of the proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Origins of web pages that may call; `*` stands for all of them. */
  readonly corsOrigins: readonly string[];
  /** How many changes may be worked on at the same time. */
  readonly maxWaitingCommands: number;
  /** Whether a demonstration catalogue is loaded into an empty shop at the start; only in development. */
  readonly demoCatalog: boolean;
  /** What this process does. */
  readonly roles: readonly Role[];
}

/** Where the event log is (`command`) and where the views are (`query`). The URLs hold passwords: never log them. */
export interface DatabaseUrls {
  readonly command: string;
  readonly query: string;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** pino's levels, gravest first. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The configuration cannot be used. The message is one line that names each variable and says how to mend it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const VARIABLES = {
  NODE_ENV: oneOf(['development', 'test', 'production'])({ default: 'development' }),
  PORT: wholeNumber(0, 65_535)({ default: 3000 }),
  HOST: host({ default: '127.0.0.1' }),
  DATA_DIR: text({ default: '.data' }),
  COMMAND_DATABASE_URL: postgresUrl({ default: undefined }),
  QUERY_DATABASE_URL: postgresUrl({ default: undefined }),
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
  TRUST_PROXY: forwarders({ default: [] }),
  CORS_ORIGINS: origins({ default: [] }),
  MAX_WAITING_COMMANDS: wholeNumber(1, 1_000_000)({ default: 1_000 }),
  DEMO_CATALOG: oneOf(['on', 'off'])({ default: 'on' }),
  ROLES: someOf(ALL_ROLES)({ default: ALL_ROLES }),
};

/**
 * Reads the configuration from the environment. An empty variable counts as unset; `DATA_DIR` is resolved against the
 * working directory.
 * @throws ConfigError when a value is malformed or values contradict each other; no message shows a database URL or
 *   a secret
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const values = read(env, VARIABLES);
  return Object.freeze({
    environment: values.NODE_ENV,
    port: values.PORT,
    host: values.HOST,
    dataDir: resolve(values.DATA_DIR),
    databaseUrls: databaseUrls(values.COMMAND_DATABASE_URL, values.QUERY_DATABASE_URL),
    access: checked(
      {
        jwtSecret: values.AUTH_JWT_SECRET,
        jwksUrl: values.AUTH_JWKS_URL,
        issuer: values.AUTH_ISSUER,
        audience: values.AUTH_AUDIENCE,
        cartTokenSecrets: Object.freeze(values.CART_TOKEN_SECRETS),
      },
      values.NODE_ENV,
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
    roles: Object.freeze(values.ROLES),
  });
}

/**
 * Reads from the environment where the databases are, and nothing else: for programs that work on them beside the
 * service.
 * @throws ConfigError as `loadConfig` does
 */
export function loadDatabaseConfig(env: NodeJS.ProcessEnv): Pick<Config, 'databaseUrls' | 'dataDir'> {
  const { DATA_DIR, COMMAND_DATABASE_URL, QUERY_DATABASE_URL } = VARIABLES;
  const values = read(env, { DATA_DIR, COMMAND_DATABASE_URL, QUERY_DATABASE_URL });
  return {
    dataDir: resolve(values.DATA_DIR),
    databaseUrls: databaseUrls(values.COMMAND_DATABASE_URL, values.QUERY_DATABASE_URL),
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

function checked(access: AccessSettings, environment: Config['environment']): AccessSettings {
  const contradiction = whatIsWrongWith(access, environment === 'production');
  if (contradiction !== undefined) throw new ConfigError(contradiction);
  return Object.freeze(access);
}

function databaseUrls(command: string | undefined, query: string | undefined): DatabaseUrls | undefined {
  if (command === undefined && query === undefined) return undefined;
  if (command === undefined || query === undefined) {
    const [present, absent] =
      query === undefined
        ? ['COMMAND_DATABASE_URL', 'QUERY_DATABASE_URL']
        : ['QUERY_DATABASE_URL', 'COMMAND_DATABASE_URL'];
    throw new ConfigError(
      `${absent} must be set too when ${present} is: set both, or neither for the embedded PostgreSQL.`,
    );
  }
  if (place(command) === place(query)) {
    throw new ConfigError(
      'COMMAND_DATABASE_URL and QUERY_DATABASE_URL must name two different databases; they may be on one server.',
    );
  }
  return Object.freeze({ command, query });
}

function place(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  const server = url.searchParams.get('host') ?? url.hostname;
  const port = url.searchParams.get('port') ?? (url.port || '5432');
  return [server.toLowerCase(), port, decodeURIComponent(url.pathname)].join(' ');
}
