import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const ALLOWED = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'prefer',
  'x-cart-token',
  'x-min-version',
  'x-request-id',
];
const EXPOSED = [
  'ETag',
  'Idempotent-Replayed',
  'Location',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Limit',
  'RateLimit-Policy',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'X-Request-Id',
];
/** Seconds for which a browser need not ask again. Browsers cap it; two hours is the lowest cap in use. */
const MAX_AGE = 7_200;

/**
 * Lets web pages of other origins call, and read what they are answered. Credentials are headers that a page has to know and
 * send itself, so no cookies are let through. Without origins nothing is added.
 * @param origins as browsers send them; `*` for all
 */
export function allowOrigins(fastify: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const options = {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: METHODS,
    allowedHeaders: ALLOWED,
    exposedHeaders: EXPOSED,
    maxAge: MAX_AGE,
    strictPreflight: false,
  };
  // A plugin that is registered comes to a request after the hooks that are there already, and a page could not read what
  // those refuse.
  cors(fastify, options, (error) => {
    if (error !== undefined) throw error;
  });
}
