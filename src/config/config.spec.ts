import { resolve } from 'node:path';
import { ConfigError, loadConfig } from './config.js';

const COMMAND = 'postgres://shop:s3cret@db.example:5432/cart_commands';
const SECRET = 'n3w-s3cret-of-at-least-32-bytes--';
const OLD_SECRET = '0ld-s3cret-of-at-least-32-bytes--';
const QUERY = 'postgresql://shop:s3cret@db.example:5432/cart_views';

function refusal(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('the configuration', () => {
  it('has a default for everything', () => {
    expect(loadConfig({})).toEqual({
      environment: 'development',
      port: 3000,
      host: '127.0.0.1',
      dataDir: resolve('.data'),
      databaseUrls: undefined,
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

  it.each([
    ['1ms', 1],
    ['45s', 45_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['1d', 86_400_000],
  ])('reads the duration %s as %i milliseconds', (REQUEST_TIMEOUT, milliseconds) => {
    expect(loadConfig({ REQUEST_TIMEOUT }).requestTimeout).toBe(milliseconds);
  });

  it.each([
    '30',
    '30 s',
    '30S',
    ' 30s',
    '1.5s',
    '-1s',
    '0s',
    '0ms',
    '25h',
    '30seconds',
    '1e3ms',
    's',
    'NaNs',
  ])('refuses the duration "%s"', (REQUEST_TIMEOUT) => {
    expect(refusal({ REQUEST_TIMEOUT })).toMatch(
      /^REQUEST_TIMEOUT must be a duration .* such as 500ms, 30s or 24h/,
    );
  });

  it.each(['-1', '65536', '3000.5', '3e3', '0x10', ' 3000', 'http', 'Infinity', '1'.repeat(400)])(
    'refuses the port "%s"',
    (PORT) => {
      expect(refusal({ PORT })).toMatch(/^PORT must be a whole number from 0 to 65535, not "/);
    },
  );

  it.each(['MAX_ITEMS_PER_CART', 'MAX_QUANTITY'])('refuses 0 and fractions for %s', (name) => {
    expect(refusal({ [name]: '0' })).toContain(`${name} must be a whole number from 1`);
    expect(refusal({ [name]: '1.5' })).toContain(`${name} must be a whole number from 1`);
  });

  it.each(['localhost', '0.0.0.0', '::', 'cart-1.shop.example'])('accepts the host %s', (HOST) => {
    expect(loadConfig({ HOST }).host).toBe(HOST);
  });

  it.each(['127.0.0.256', 'http://localhost', 'a b', '-a', 'a..b', '[::1]', 'localhost:3000'])(
    'refuses the host "%s"',
    (HOST) => {
      expect(refusal({ HOST })).toMatch(/^HOST must be an IP address or a host name, not "/);
    },
  );

  it.each(['web,mail', 'web,', 'Web', 'all'])('refuses the roles "%s"', (ROLES) => {
    expect(refusal({ ROLES })).toMatch(
      /^ROLES must be any of web, handlers, commands with commas in between, not "/,
    );
  });

  it('names the choices when a word is unknown', () => {
    expect(refusal({ LOG_LEVEL: 'INFO' })).toBe(
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent, not "INFO".',
    );
    expect(refusal({ NODE_ENV: 'prod' })).toBe(
      'NODE_ENV must be one of development, test, production, not "prod".',
    );
  });

  it('puts several faults into one line', () => {
    const message = refusal({ PORT: 'x\ny', LOG_LEVEL: 'loud', REQUEST_TIMEOUT: '30' });
    expect(message).toMatch(/PORT .*; LOG_LEVEL .*; REQUEST_TIMEOUT .*\.$/);
    expect(message).not.toContain('\n');
  });

  it.each([
    'mysql://shop:s3cret@db.example/cart',
    'shop:s3cret@db.example/cart',
    'postgres://shop:s3cret@db.example',
    'postgres://shop:s3cret@db.example/',
    'postgres:///cart?password=s3cret',
    'postgres://shop:s3cret@db.example:99999/cart',
    'postgres://shop:s3cret%zz@db.example/cart',
    'postgres://shop:s3cret /x@db.example/cart',
  ])('refuses the database URL %s without showing its password', (COMMAND_DATABASE_URL) => {
    const message = refusal({ COMMAND_DATABASE_URL, QUERY_DATABASE_URL: QUERY });
    expect(message).toMatch(/^COMMAND_DATABASE_URL must be a URL such as postgres:\/\//);
    expect(message).not.toContain('s3cret');
  });

  it('hides the credentials of a URL that went into the wrong variable', () => {
    expect(refusal({ HOST: COMMAND })).toContain('not "postgres://…@db.example:5432/cart_commands"');
  });

  it('accepts a database behind a Unix socket', () => {
    const socket = 'postgres:///cart_views?host=/var/run/postgresql';
    expect(
      loadConfig({ COMMAND_DATABASE_URL: COMMAND, QUERY_DATABASE_URL: socket }).databaseUrls?.query,
    ).toBe(socket);
  });

  it('wants both database URLs or neither', () => {
    expect(refusal({ COMMAND_DATABASE_URL: COMMAND })).toMatch(/^QUERY_DATABASE_URL must be set too /);
    expect(refusal({ QUERY_DATABASE_URL: QUERY, COMMAND_DATABASE_URL: '' })).toMatch(
      /^COMMAND_DATABASE_URL must be set/,
    );
  });

  it('wants two different databases', () => {
    const sameDatabase = 'postgresql://other:user@DB.example/cart_commands';
    const message = refusal({ COMMAND_DATABASE_URL: COMMAND, QUERY_DATABASE_URL: sameDatabase });
    expect(message).toContain('must name two different databases');
  });

  it.each([
    ['AUTH_JWT_SECRET', 's3cret-of-31-bytes-is-too-short', 'must have 32 bytes or more'],
    ['CART_TOKEN_SECRETS', 's3cret,,s3cret', 'must be secrets with one comma'],
    ['CART_TOKEN_SECRETS', 's3cret,', 'must be secrets with one comma'],
  ])('refuses %s=%s without showing it', (name, value, complaint) => {
    const message = refusal({ [name]: value });
    expect(message).toContain(`${name} ${complaint}`);
    expect(message).not.toContain('s3cret');
  });

  it.each([
    'login.example/keys',
    'ftp://login.example/keys',
    'https://shop:s3cret@login.example/keys',
    'https://',
  ])('refuses the key set at %s', (AUTH_JWKS_URL) => {
    const message = refusal({ AUTH_JWKS_URL });
    expect(message).toMatch(/^AUTH_JWKS_URL must be a URL such as https:/);
    expect(message).not.toContain('s3cret');
  });

  it('wants one way of verifying JWTs, not two', () => {
    expect(refusal({ AUTH_JWT_SECRET: SECRET, AUTH_JWKS_URL: 'https://login.example/keys' })).toMatch(
      /^AUTH_JWT_SECRET and AUTH_JWKS_URL .* set one of them\.$/,
    );
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

  it('makes no secrets for production', () => {
    const production = { NODE_ENV: 'production', CART_TOKEN_SECRETS: SECRET, AUTH_JWT_SECRET: SECRET };
    expect(loadConfig(production).environment).toBe('production');
    expect(refusal({ ...production, AUTH_JWT_SECRET: '' })).toMatch(
      /^AUTH_JWT_SECRET or AUTH_JWKS_URL must be set in production/,
    );
    expect(refusal({ ...production, CART_TOKEN_SECRETS: '' })).toMatch(
      /^CART_TOKEN_SECRETS must be set in production/,
    );
    const weak = refusal({ ...production, CART_TOKEN_SECRETS: `${SECRET},weak-s3cret` });
    expect(weak).toBe('CART_TOKEN_SECRETS must each have 32 bytes or more in production.');
  });
});
