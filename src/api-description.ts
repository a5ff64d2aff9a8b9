import { describeCallers, SECURITY_SCHEMES } from './access/access.docs.js';
import type { Config } from './config/config.js';
import type { ApiDescription } from './http/openapi/document.js';

const ABOUT = `A shopping cart that never loses an item: every change is an event in an append-only log.

Every answer has \`X-Request-Id\`: the value of the request if it has 1 to 128 visible ASCII characters, else a new
one. Money is an integer of minor units with an ISO 4217 code. Unknown fields are refused. A known path with another
method is answered with 405 and \`Allow\`.

Every change accepts an \`Idempotency-Key\`. A repeat with the same key has no second effect and gets the first answer,
with \`Idempotent-Replayed: true\`.

Every operation lists who may call it, also in \`x-callers\`. An invalid JWT is answered with 401 everywhere in the
API. Somebody else's cart is answered exactly like one that does not exist.

Requests of all callers but services are limited. \`RateLimit\` and the related headers show how many requests are left.
An answer 429 or 503 has \`Retry-After\`. A 503 means that nothing was changed, unless its \`detail\` says otherwise.

Errors are \`application/problem+json\` (RFC 9457). Decide by \`code\`; each operation lists its own.`;

const MADE_KEY = `To authorise, run <code>npm run -s token -- ops admin service</code> and
        <code>npm run -s token -- ada</code> in its folder. Press <em>Authorize</em>, and enter the first token as
        <code>bearer</code> (staff) and the second as <code>customer</code>. The browser keeps both.`;
const OWN_KEY = `To authorise, press <em>Authorize</em>, and enter a token of your issuer with the roles
        <code>admin</code> and <code>service</code> as <code>bearer</code> (staff), and one without roles as
        <code>customer</code>. The browser keeps both.`;

/**
 * How to try the API out in development, in HTML.
 * @returns `undefined` in production
 */
export function hintFor({ environment, access }: Pick<Config, 'environment' | 'access'>): string | undefined {
  if (environment !== 'development') return undefined;
  const makesKey = access.jwtSecret === undefined && access.jwksUrl === undefined;
  return `
      <p>
        This service runs for development. ${makesKey ? MADE_KEY : OWN_KEY}
      </p>
      <p>
        Execute the operations from top to bottom: the examples work as they are shown. The page fills in the ids and
        the token of the cart that you opened last.
      </p>`;
}

/** The description of the whole API in the OpenAPI document. */
export const API_DESCRIPTION: ApiDescription = {
  about: ABOUT,
  tags: [
    ['Carts', 'Fill a cart, read its present or a past version, and see who changed it.'],
    ['Catalogue', 'The products of the shop.'],
    ['Events', 'For other systems: read past events, follow new ones, and report events.'],
    ['Operations', 'For load balancers and supervisors.'],
  ],
  securitySchemes: SECURITY_SCHEMES,
  describers: [describeCallers],
};
