import type { IncomingHttpHeaders } from 'node:http';

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

const PREFLIGHT_HEADERS = {
  'access-control-allow-methods': METHODS.join(', '),
  'access-control-allow-headers': ALLOWED.join(', '),
  'access-control-max-age': String(MAX_AGE),
} as const;

type Headers = Readonly<Record<string, string>>;

/**
 * Which web pages of other origins may call, and read what they are answered. Credentials are headers that a page has to know
 * and send itself, so no cookies are let through. Without origins nothing is added.
 */
export class Cors {
  private readonly allowsAll: boolean;

  /** @param origins as browsers send them; `*` for all */
  constructor(private readonly origins: readonly string[]) {
    this.allowsAll = origins.includes('*');
  }

  /** The headers of every answer to a request. */
  headersFor({ origin }: IncomingHttpHeaders): Headers {
    if (this.origins.length === 0) return {};
    const exposed = { 'access-control-expose-headers': EXPOSED.join(', ') };
    if (this.allowsAll) return { 'access-control-allow-origin': '*', ...exposed };
    const vary = { vary: 'Origin' };
    return this.allows(origin) ? { ...vary, 'access-control-allow-origin': origin, ...exposed } : vary;
  }

  /** What a browser is answered that asks whether a page may call; `undefined` for every other request. */
  preflightFor(method: string, headers: IncomingHttpHeaders): Headers | undefined {
    const asks = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
    return asks && this.allows(headers.origin) ? PREFLIGHT_HEADERS : undefined;
  }

  private allows(origin: string | undefined): origin is string {
    return origin !== undefined && (this.allowsAll || this.origins.includes(origin));
  }
}
