import { describeCallers, SECURITY_SCHEMES } from './access/access.docs.js';
import type { ApiDescription } from './http/openapi/document.js';

const ABOUT = `A shopping cart that never loses an item: every change is an event in an append-only log.

Every answer carries \`X-Request-Id\`: that of the request if it has 1 to 128 visible ASCII characters, else a new
one. Money is an integer of minor units with an ISO 4217 code. Unknown fields are refused. A known path with another
method is answered with 405 and \`Allow\`.

Every change accepts an \`Idempotency-Key\`. A repeat under the same key has no second effect and gets the first answer,
with \`Idempotent-Replayed: true\`.

Every operation lists who may call it, also in \`x-callers\`. An invalid JWT is answered with 401 everywhere in the
API. A cart of somebody else looks exactly like one that does not exist.

Callers other than services are limited. Answers show in \`RateLimit\` and the related headers how many requests are
left, and 429 tells when to return. A 503 has \`Retry-After\` as well; unless it says otherwise, nothing was changed.

Errors are \`application/problem+json\` (RFC 9457). Decide by \`code\`; each operation lists its own.`;

const HINT = `
      <p>
        This service runs for development. To authorise, run <code>npm run -s token -- ops admin service</code> and
        <code>npm run -s token -- ada</code> in its folder. Press <em>Authorize</em>, and enter the first token as
        <code>bearer</code> (staff) and the second as <code>customer</code>. The browser keeps both.
      </p>
      <p>
        Execute the operations from top to bottom: the examples work as they are shown. The page fills in the ids and
        the token of the cart that you opened last.
      </p>`;

/** What the OpenAPI document says of the API as a whole. */
export const API_DESCRIPTION: ApiDescription = {
  about: ABOUT,
  hint: HINT,
  tags: [
    ['Carts', 'Fill a cart, look at it as it is or as it was, and see who did what.'],
    ['Catalogue', 'The products that carts are filled from.'],
    [
      'Events',
      'For other systems: read all that happened, follow what happens, report what happened elsewhere.',
    ],
    ['Operations', 'For load balancers and supervisors.'],
  ],
  securitySchemes: SECURITY_SCHEMES,
  describers: [describeCallers],
};
