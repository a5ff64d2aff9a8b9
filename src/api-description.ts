import { describeCallers, SECURITY_SCHEMES } from './access/access.docs.js';
import type { ApiDescription } from './http/openapi/document.js';

const ABOUT = `A shopping cart that never loses an item: every change is an event in an append-only log.

Every answer carries \`X-Request-Id\`: yours, when it was 1 to 128 visible ASCII characters, or a new one. Money is an
integer of minor units with an ISO 4217 code. Fields that are not in this document are refused. A known path with
another method answers 405 with \`Allow\`.

What changes something takes an \`Idempotency-Key\`. Sent again under the same key, it is done once and answered as at first, with
\`Idempotent-Replayed: true\`.

Every operation says who may call it, in \`x-callers\` too. A bad JWT is answered with 401 everywhere in the API. A cart that is
not yours looks exactly like one that does not exist.

Callers other than services are limited: answers say in \`RateLimit\` and its kin how many requests are left, and 429 when to come
back. A 503 has \`Retry-After\`, too; unless it says otherwise, nothing was changed.

Errors are \`application/problem+json\` (RFC 9457). Decide by \`code\`; each operation lists its own.`;

/** What the OpenAPI document says of the API as a whole. */
export const API_DESCRIPTION: ApiDescription = {
  about: ABOUT,
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
