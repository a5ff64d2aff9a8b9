import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { serveOpenApiPage } from './openapi-page.js';
import { addProblems } from './openapi-problems.js';
import { problemKind, PROBLEM_CODES, type ProblemCode } from './problem-codes.js';

/** Names of the security schemes, for `@ApiBearerAuth` and `@ApiSecurity`. */
export const BEARER = 'bearer';
export const CART_TOKEN = 'cartToken';

const TAGS: readonly (readonly [name: string, description: string])[] = [
  ['Carts', 'Fill a cart, look at it as it is or as it was, and see who did what.'],
  ['Catalogue', 'The products that carts are filled from.'],
  ['Events', 'The log of everything that happened, to read, to follow and to report to.'],
  ['Checkout', 'From a cart to an order.'],
  ['Orders', 'What was ordered.'],
  ['Inventory', 'What is in stock.'],
  ['Operations', 'Health, metrics and the handlers behind the views.'],
];

const ABOUT = `A shopping cart that never loses an item: every change is an event in an append-only log.

Every answer carries \`X-Request-Id\`: yours, when it was 1 to 128 visible ASCII characters, or a new one. Money is an
integer of minor units with an ISO 4217 code. Fields that are not in this document are refused. A known path with
another method answers 405 with \`Allow\`.

Errors are \`application/problem+json\` (RFC 9457); decide by \`code\`:

| status | code | meaning |
|---|---|---|
`;

/** Serves Swagger UI at `/docs` and the document at `/openapi.json`, all from this process. Call it before `init`. */
export function setupOpenApi(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  let text: string | undefined;
  fastify.get('/openapi.json', (_request, reply) => {
    text ??= JSON.stringify(createOpenApiDocument(app));
    return reply.type('application/json; charset=utf-8').send(text);
  });
  serveOpenApiPage(fastify);
}

/** @returns the OpenAPI document of the routes of `app`, with the problems of each */
export function createOpenApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.0.3')
    .setTitle('Cartwright')
    .setDescription(ABOUT + codeTable())
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, BEARER)
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-Cart-Token' }, CART_TOKEN);
  for (const [name, description] of TAGS) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  addProblems(document);
  return document;
}

function codeTable(): string {
  return (Object.keys(PROBLEM_CODES) as ProblemCode[])
    .map((code) => `| ${problemKind(code).status} | \`${code}\` | ${problemKind(code).title} |`)
    .join('\n');
}
