import type { IncomingHttpHeaders } from 'node:http';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Request headers that this layer reads. */
const OWN_HEADERS = [
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'prefer',
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
/** Seconds for which a browser may cache a preflight. Browsers cap it; two hours is the lowest cap in use. */
const MAX_AGE = 7_200;

type Headers = Readonly<Record<string, string>>;

/**
 * Decides which web pages of other origins may call the API and read its answers. A page sends credentials as headers
 * itself, so cookies are not allowed. Without configured origins, no headers are added.
 */
export class Cors {
  private readonly allowsAll: boolean;
  private readonly preflight: Headers;

  /**
   * @param origins as browsers send them; `*` for all
   * @param requestHeaders names of headers, in lower case, that pages may send beside those of this layer
   */
  constructor(
    private readonly origins: readonly string[],
    requestHeaders: readonly string[],
  ) {
    this.allowsAll = origins.includes('*');
    this.preflight = {
      'access-control-allow-methods': METHODS.join(', '),
      'access-control-allow-headers': [...OWN_HEADERS, ...requestHeaders].sort().join(', '),
      'access-control-max-age': String(MAX_AGE),
    };
  }

  /** The headers of every answer to a request. */
  headersFor({ origin }: IncomingHttpHeaders): Headers {
    if (this.origins.length === 0) return {};
    const exposed = { 'access-control-expose-headers': EXPOSED.join(', ') };
    if (this.allowsAll) return { 'access-control-allow-origin': '*', ...exposed };
    const vary = { vary: 'Origin' };
    return this.allows(origin) ? { ...vary, 'access-control-allow-origin': origin, ...exposed } : vary;
  }

  /** The answer to a preflight of an allowed origin; `undefined` for every other request. */
  preflightFor(method: string, headers: IncomingHttpHeaders): Headers | undefined {
    const asks = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
    return asks && this.allows(headers.origin) ? this.preflight : undefined;
  }

  private allows(origin: string | undefined): origin is string {
    return origin !== undefined && (this.allowsAll || this.origins.includes(origin));
  }
}
