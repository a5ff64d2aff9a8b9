import { ConfigError, loadConfig } from './config.js';

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
