import { loadConfig } from './config.js';
import { refusal } from './testing/refusal.js';

const COMMAND = 'postgres://shop:s3cret@db.example:5432/cart_commands';
const QUERY = 'postgresql://shop:s3cret@db.example:5432/cart_views';
const SECRET = 'n3w-s3cret-of-at-least-32-bytes--';

describe('settings that depend on each other', () => {
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

  it('wants a query database for replicas, which differ from it and from each other', () => {
    const both = { COMMAND_DATABASE_URL: COMMAND, QUERY_DATABASE_URL: QUERY };
    const replica = 'postgres://shop:s3cret@replica.example/cart_views';
    expect(refusal({ QUERY_REPLICA_URLS: replica })).toMatch(/^QUERY_REPLICA_URLS must be unset while /);
    const itself = 'postgres://reader:s3cret@DB.example/cart_views';
    expect(refusal({ ...both, QUERY_REPLICA_URLS: `${replica},${itself}` })).toMatch(
      /^QUERY_REPLICA_URLS must not name the query database itself/,
    );
    const again = 'postgres://reader:s3cret@replica.example:5432/cart_views';
    expect(refusal({ ...both, QUERY_REPLICA_URLS: `${replica},${again}` })).toMatch(
      /^QUERY_REPLICA_URLS must not name a replica twice/,
    );
  });

  it('wants one way of verifying JWTs, not two', () => {
    expect(refusal({ AUTH_JWT_SECRET: SECRET, AUTH_JWKS_URL: 'https://login.example/keys' })).toMatch(
      /^AUTH_JWT_SECRET and AUTH_JWKS_URL .* set one of them\.$/,
    );
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
