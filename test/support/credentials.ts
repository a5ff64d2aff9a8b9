import { createHmac } from 'node:crypto';
import type { Headers } from './http-client.js';

/** What the services of tests are started with, unless a test says otherwise. */
export const ACCESS_ENV = {
  AUTH_JWT_SECRET: 'a secret of the tests, long enough to sign with',
  CART_TOKEN_SECRETS: 'a secret of the tests for the tokens of carts',
};

const CART = /^\/v1\/carts\/([^/?]+)/;
const IN_AN_HOUR = Math.floor(Date.now() / 1000) + 3600;
const CLAIM = /^\/v1\/carts\/[^/?]+\/claims/;
const NOT_A_TOKEN = 'of no cart';

/** A JWT by HS256, made by hand, so that a mistake of a library does not meet itself. */
export function jwtOf(
  claims: object,
  secret: string = ACCESS_ENV.AUTH_JWT_SECRET,
  header: object = { alg: 'HS256', typ: 'JWT' },
): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part({ exp: IN_AN_HOUR, ...claims })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** The header that says who one is. */
export function as(claims: { readonly sub?: string; readonly roles?: readonly string[] }): Headers {
  return { authorization: `Bearer ${jwtOf(claims)}` };
}

export const asCustomer = (id: string): Headers => as({ sub: id });
export const AS_ADMIN = as({ sub: 'anna', roles: ['admin'] });
export const AS_SERVICE = as({ sub: 'till', roles: ['service'] });
const A_CUSTOMER = asCustomer('usual customer');
export const AS_NOBODY: Headers = { authorization: null };

/** The tokens of all guest carts that were opened in this spec file, by cart, whichever process opened them. */
const tokens = new Map<string, string>();

/** Keeps the token of an answer that has opened a guest's cart. */
export function remember(body: unknown): void {
  const { id, token } = (body ?? {}) as { id?: unknown; token?: unknown };
  if (typeof id === 'string' && typeof token === 'string') tokens.set(id, token);
}

/**
 * What the usual caller of a route sends: the guest who opened the cart (who signs in as a customer to claim it), nobody in particular to
 * open one, a customer for what is theirs, a service to report events, and an admin elsewhere. A test that gives headers of its own about this is left alone.
 */
export function usualCredentials(method: string, target: string, headers: Headers): Headers {
  if ('authorization' in headers || 'x-cart-token' in headers) return {};
  const [, cartId] = CART.exec(target) ?? [];
  if (cartId !== undefined) {
    const token = { 'x-cart-token': tokens.get(cartId.toLowerCase()) ?? NOT_A_TOKEN };
    return CLAIM.test(target) ? { ...token, ...A_CUSTOMER } : token;
  }
  if (target.startsWith('/v1/me/')) return A_CUSTOMER;
  if (method === 'POST' && target === '/v1/events') return AS_SERVICE;
  const opensCart = method === 'POST' && target === '/v1/carts';
  return target.startsWith('/v1/') && !opensCart ? AS_ADMIN : {};
}
