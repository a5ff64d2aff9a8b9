import { ConfigError, loadConfig } from './config.js';
import { refusal } from './testing/refusal.js';

const COMMAND = 'postgres://shop:s3cret@db.example:5432/cart_commands';
const QUERY = 'postgresql://shop:s3cret@db.example:5432/cart_views';

describe('RATE_LIMIT', () => {
  it.each([
    ['1/s', 1, 1_000],
    ['30/m', 30, 60_000],
    ['5000/h', 5_000, 3_600_000],
  ])('reads %s', (RATE_LIMIT, requests, windowMs) => {
    expect(loadConfig({ RATE_LIMIT }).rateLimit).toEqual({ requests, windowMs });
  });

  it('can be switched off', () => {
    expect(loadConfig({ RATE_LIMIT: 'off' }).rateLimit).toBeUndefined();
  });

  it.each([
    '200',
    '0/s',
    '-1/s',
    '1.5/s',
    '1e3/s',
    '10/d',
    '10/',
    '/s',
    'OFF',
    'none',
    '1/s ',
    '10000000000/s',
  ])('refuses "%s"', (RATE_LIMIT) => {
    expect(() => loadConfig({ RATE_LIMIT })).toThrow(ConfigError);
    expect(() => loadConfig({ RATE_LIMIT })).toThrow(/^RATE_LIMIT must be .*such as 200\/s, or off/);
  });
});

describe('TRUST_PROXY', () => {
  it.each([
    'true',
    '1',
    'proxy.example',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '::/0',
    'fd00::/129',
    '10.0.0.0/8/8',
    '10.0.0.256',
    '10.0.0.1,,10.0.0.2',
    'Loopback',
  ])('refuses "%s"', (TRUST_PROXY) => {
    expect(() => loadConfig({ TRUST_PROXY })).toThrow(/^TRUST_PROXY must be addresses or subnets/);
  });
});

describe('CORS_ORIGINS', () => {
  it('takes * for all', () => {
    expect(loadConfig({ CORS_ORIGINS: '*' }).corsOrigins).toEqual(['*']);
  });

  it.each([
    'shop.example',
    'https://shop.example/',
    'https://shop.example/cart',
    'https://SHOP.example',
    'https://shop.example:443',
    'https://*.shop.example/*',
    'https://shop.example,*',
    'https://shop.example,',
    'null',
    'ftp://shop.example',
    'https://me:s3cret@shop.example',
  ])('refuses "%s", which no browser would send', (CORS_ORIGINS) => {
    expect(() => loadConfig({ CORS_ORIGINS })).toThrow(/^CORS_ORIGINS must be origins/);
    expect(() => loadConfig({ CORS_ORIGINS })).not.toThrow(/s3cret/);
  });
});

describe('MAX_WAITING_COMMANDS', () => {
  it.each(['0', '-1', '1.5', 'many', '1000001'])('refuses "%s"', (MAX_WAITING_COMMANDS) => {
    expect(() => loadConfig({ MAX_WAITING_COMMANDS })).toThrow(
      /^MAX_WAITING_COMMANDS must be a whole number/,
    );
  });
});

describe('a duration, a number, a host and a word', () => {
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
});

describe('a URL and a secret', () => {
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

  it.each([
    'postgres://shop:s3cret@db1.example:5432,db2.example:5432/cart',
    'postgres://shop:s3cret@db1.example,db2.example/cart',
    'postgres://shop:s3cret@/cart?host=db1.example,db2.example',
    'postgres://shop:s3cret@db.example/cart?target_session_attrs=read-write',
  ])('refuses the database URL %s, because of several hosts', (COMMAND_DATABASE_URL) => {
    expect(refusal({ COMMAND_DATABASE_URL, QUERY_DATABASE_URL: QUERY })).toBe(
      'COMMAND_DATABASE_URL names several hosts or has target_session_attrs, which the driver does not support: use one ' +
        'address that always leads to the primary.',
    );
  });

  it('accepts a comma in a password', () => {
    const COMMAND_DATABASE_URL = 'postgres://shop:s3,cret@db.example/cart';
    expect(refusal({ COMMAND_DATABASE_URL })).toContain('QUERY_DATABASE_URL');
  });

  it.each([
    'postgres://shop:s3cret@db1.example/cart,',
    'postgres://shop:s3cret@db1.example/cart,mysql://db2/cart',
  ])('refuses the replicas %s without showing a password', (QUERY_REPLICA_URLS) => {
    const both = { COMMAND_DATABASE_URL: COMMAND, QUERY_DATABASE_URL: QUERY };
    const message = refusal({ ...both, QUERY_REPLICA_URLS });
    expect(message).toMatch(/^QUERY_REPLICA_URLS must be URLs such as postgres:\/\//);
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
});
