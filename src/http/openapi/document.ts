import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { describeCallers, SECURITY_SCHEMES } from './callers.js';
import { closeRequests } from './closed-requests.js';
import { describeHeaders } from './headers.js';
import { operationsOf } from './operations.js';
import { serveOpenApiPage, type PageOptions } from './page.js';
import { problemSchema } from './problem-schema.js';
import { describeProblems } from './problems.js';
import { describeRequestHeaders } from './request-headers.js';
import { shareComponents } from './shared-components.js';

const TAGS: readonly (readonly [name: string, description: string])[] = [
  ['Carts', 'Fill a cart, look at it as it is or as it was, and see who did what.'],
  ['Catalogue', 'The products that carts are filled from.'],
  [
    'Events',
    'For other systems: read all that happened, follow what happens, report what happened elsewhere.',
  ],
  ['Operations', 'For load balancers and supervisors.'],
];

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

/** Serves Swagger UI at `/docs` and the document at `/openapi.json`, all from this process. Call it before `init`. */
export function setupOpenApi(app: NestFastifyApplication, options: PageOptions): void {
  const fastify = app.getHttpAdapter().getInstance();
  let text: string | undefined;
  fastify.get('/openapi.json', (_request, reply) => {
    text ??= JSON.stringify(createOpenApiDocument(app));
    return reply.type('application/json; charset=utf-8').send(text);
  });
  serveOpenApiPage(fastify, options);
}

/** @returns the OpenAPI document of the routes of `app`, as it is served: what repeats itself is in components */
export function createOpenApiDocument(app: NestFastifyApplication): OpenAPIObject {
  return shareComponents(describeRoutes(app));
}

/** @returns the same with everything in its place, for whoever compares documents */
export function describeRoutes(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Cartwright')
    .setDescription(ABOUT)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/');
  for (const [name, description] of TAGS) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problemSchema },
    securitySchemes: SECURITY_SCHEMES,
  };
  for (const operation of operationsOf(document)) {
    describeCallers(operation);
    describeRequestHeaders(operation);
    describeProblems(operation);
    describeHeaders(operation);
  }
  closeRequests(document);
  return document;
}
