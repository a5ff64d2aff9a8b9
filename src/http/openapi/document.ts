import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { closeRequests } from './closed-requests.js';
import { describeHeaders } from './headers.js';
import { operationsOf, type DocumentedOperation } from './operations.js';
import { serveOpenApiPage } from './page.js';
import { problemSchema } from './problem-schema.js';
import { describeProblems } from './problems.js';
import { describeRequestHeaders } from './request-headers.js';
import { shareComponents } from './shared-components.js';

/** The description of the API by the parts of the service. */
export interface ApiDescription {
  /** The purpose of the API, and what its operations have in common, in Markdown. */
  readonly about: string;
  readonly tags: readonly (readonly [name: string, description: string])[];
  readonly securitySchemes: NonNullable<NonNullable<OpenAPIObject['components']>['securitySchemes']>;
  /** Describe one operation each. They run before the descriptions of the HTTP layer. */
  readonly describers: readonly ((operation: DocumentedOperation) => void)[];
}

/**
 * Serves Swagger UI at `/docs` and the document at `/openapi.json`, all from this process. `app` is not initialised
 * yet.
 * @param hint HTML at the top of Swagger UI, for development. With it, the examples work as they are shown.
 */
export function setupOpenApi(
  app: NestFastifyApplication,
  description: ApiDescription,
  hint: string | undefined,
): void {
  const fastify = app.getHttpAdapter().getInstance();
  let text: string | undefined;
  fastify.get('/openapi.json', (_request, reply) => {
    text ??= JSON.stringify(createOpenApiDocument(app, description));
    return reply.type('application/json; charset=utf-8').send(text);
  });
  serveOpenApiPage(fastify, hint);
}

/** @returns the OpenAPI document of the routes of `app`, as it is served, with shared parts in components */
export function createOpenApiDocument(
  app: NestFastifyApplication,
  description: ApiDescription,
): OpenAPIObject {
  return shareComponents(describeRoutes(app, description));
}

/** @returns the same document without shared components, for comparisons */
export function describeRoutes(app: NestFastifyApplication, description: ApiDescription): OpenAPIObject {
  const { about, tags, securitySchemes, describers } = description;
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Cartwright')
    .setDescription(about)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/');
  for (const [name, text] of tags) builder.addTag(name, text);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problemSchema() },
    securitySchemes,
  };
  // The order matters: problems depend on the parameters, and headers are added to every response.
  const pipeline = [...describers, describeRequestHeaders, describeProblems, describeHeaders];
  for (const operation of operationsOf(document)) for (const describe of pipeline) describe(operation);
  closeRequests(document);
  return document;
}
