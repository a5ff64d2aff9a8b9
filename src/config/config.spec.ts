import { resolve } from 'node:path';
import { loadConfig } from './config.js';
import { refusal } from './testing/refusal.js';

const COMMAND = 'postgres://shop:s3cret@db.example:5432/cart_commands';
const SECRET = 'n3w-s3cret-of-at-least-32-bytes--';
const OLD_SECRET = '0ld-s3cret-of-at-least-32-bytes--';
const QUERY = 'postgresql://shop:s3cret@db.example:5432/cart_views';
const REPLICA = 'postgres://shop:s3cret@replica.example:543';

describe('the configuration', () => {
  it('has a default for everything', () => {
    expect(loadConfig({})).toEqual({
      environment: 'development',
      port: 3000,
      host: '127.0.0.1',
      dataDir: resolve('.data'),
      databaseUrls: undefined,
      queryReplicaUrls: [],
      access: {
        jwtSecret: undefined,
        jwksUrl: undefined,
        issuer: undefined,
        audience: undefined,
        cartTokenSecrets: [],
      },
      maxItemsPerCart: 2000,
      maxQuantity: 999_999,
      cartAbandonAfter: 86_400_000,
      logLevel: 'info',
      requestTimeout: 30_000,
      rateLimit: { requests: 200, windowMs: 1_000 },
      trustedProxies: [],
      corsOrigins: [],
      maxWaitingCommands: 1_000,
      demoCatalog: true,
      roles: ['web', 'handlers', 'commands'],
    });
  });

  it('takes every value from the environment', () => {
    expect(
      loadConfig({
        NODE_ENV: 'production',
        PORT: '0',
        HOST: '::1',
        DATA_DIR: '/var/lib/cart',
        COMMAND_DATABASE_URL: COMMAND,
        QUERY_DATABASE_URL: QUERY,
        QUERY_REPLICA_URLS: `${REPLICA}1/cart_views, ${REPLICA}2/cart_views`,
        AUTH_JWT_SECRET: SECRET,
        AUTH_ISSUER: 'https://login.example',
        AUTH_AUDIENCE: 'carts',
        CART_TOKEN_SECRETS: `${SECRET}, ${OLD_SECRET}`,
        MAX_ITEMS_PER_CART: '10',
        MAX_QUANTITY: '7',
        CART_ABANDON_AFTER: '36h',
        LOG_LEVEL: 'silent',
        REQUEST_TIMEOUT: '500ms',
        RATE_LIMIT: '3/h',
        TRUST_PROXY: 'loopback, 10.0.0.0/8,fd00::/8,192.0.2.1',
        CORS_ORIGINS: 'https://shop.example, http://localhost:8080',
        MAX_WAITING_COMMANDS: '7',
        ROLES: 'commands, handlers',
      }),
    ).toEqual({
      environment: 'production',
      port: 0,
      host: '::1',
      dataDir: resolve('/var/lib/cart'),
      databaseUrls: { command: COMMAND, query: QUERY },
      queryReplicaUrls: [`${REPLICA}1/cart_views`, `${REPLICA}2/cart_views`],
      access: {
        jwtSecret: SECRET,
        jwksUrl: undefined,
        issuer: 'https://login.example',
        audience: 'carts',
        cartTokenSecrets: [SECRET, OLD_SECRET],
      },
      maxItemsPerCart: 10,
      maxQuantity: 7,
      cartAbandonAfter: 129_600_000,
      logLevel: 'silent',
      requestTimeout: 500,
      rateLimit: { requests: 3, windowMs: 3_600_000 },
      trustedProxies: ['loopback', '10.0.0.0/8', 'fd00::/8', '192.0.2.1'],
      corsOrigins: ['https://shop.example', 'http://localhost:8080'],
      maxWaitingCommands: 7,
      demoCatalog: false,
      roles: ['handlers', 'commands'],
    });
  });

  it('treats an empty variable as unset', () => {
    const names = [
      'NODE_ENV',
      'PORT',
      'HOST',
      'DATA_DIR',
      'COMMAND_DATABASE_URL',
      'QUERY_DATABASE_URL',
      'AUTH_JWT_SECRET',
      'AUTH_JWKS_URL',
      'CART_TOKEN_SECRETS',
      'CART_ABANDON_AFTER',
      'LOG_LEVEL',
    ];
    expect(loadConfig(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(loadConfig({}));
  });

  it('leaves variables of other programs alone', () => {
    expect(loadConfig({ PATH: '/bin', PGPORT: 'nonsense' })).toEqual(loadConfig({}));
  });

  it('is frozen through and through', () => {
    const config = loadConfig({ COMMAND_DATABASE_URL: COMMAND, QUERY_DATABASE_URL: QUERY });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.databaseUrls)).toBe(true);
    expect(Object.isFrozen(config.access)).toBe(true);
    expect(Object.isFrozen(config.access.cartTokenSecrets)).toBe(true);
  });

  it('makes a relative data folder absolute', () => {
    expect(loadConfig({ DATA_DIR: 'some/folder' }).dataDir).toBe(resolve('some/folder'));
  });

  it('puts several faults into one line', () => {
    const message = refusal({ PORT: 'x\ny', LOG_LEVEL: 'loud', REQUEST_TIMEOUT: '30' });
    expect(message).toMatch(/PORT .*; LOG_LEVEL .*; REQUEST_TIMEOUT .*\.$/);
    expect(message).not.toContain('\n');
  });

  it.each([
    [{}, true],
    [{ NODE_ENV: 'test' }, false],
    [{ DEMO_CATALOG: 'off' }, false],
    [{ DEMO_CATALOG: 'on', NODE_ENV: 'test' }, false],
  ])('with %j, loads the demonstration catalogue: %s', (env, expected) => {
    expect(loadConfig(env).demoCatalog).toBe(expected);
  });

  it('loads no demonstration catalogue in production', () => {
    const production = { NODE_ENV: 'production', CART_TOKEN_SECRETS: SECRET, AUTH_JWT_SECRET: SECRET };
    expect(loadConfig({ ...production, DEMO_CATALOG: 'on' }).demoCatalog).toBe(false);
  });
});
