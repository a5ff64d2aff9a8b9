import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { FastifyInstance } from 'fastify';
import { PAGE_HEADERS } from '../server/secure-headers.js';

const { resolve } = createRequire(import.meta.url);

const JAVASCRIPT = 'text/javascript; charset=utf-8';

/** The files of Swagger UI that the page needs. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': JAVASCRIPT,
  'favicon-32x32.png': 'image/png',
};

const pageWith = (hint: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Cartwright</title>
    <link rel="icon" type="image/png" href="./docs/favicon-32x32.png" />
    <link rel="stylesheet" href="./docs/swagger-ui.css" />
  </head>
  <body>
    <aside style="max-width: 1420px; margin: 1rem auto; padding: 0 20px; font: 14px/1.5 sans-serif">${hint}</aside>
    <div id="swagger-ui"></div>
    <script src="./docs/swagger-ui-bundle.js"></script>
    <script type="module" src="./docs/start.js"></script>
  </body>
</html>
`;

const SETTINGS = {
  url: './openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  // Swagger UI would ask a server on the internet for a badge.
  validatorUrl: null,
};

const TRY_IT_OUT = 'try-it-out.mjs';

const startWith = (more: string): string => `import { followStory, inOrder } from './${TRY_IT_OUT}';
const settings = ${JSON.stringify(SETTINGS)};
const ui = SwaggerUIBundle({ ...settings, operationsSorter: inOrder${more} });
`;

/**
 * Serves Swagger UI at `/docs`. Its files are sent from the installed package: a static file server would be a
 * dependency for no more than this.
 * @param hint HTML at the top of the page, for development. With it, the examples work as they are shown.
 */
export function serveOpenApiPage(fastify: FastifyInstance, hint: string | undefined): void {
  const page = pageWith(hint ?? '');
  const start = startWith(hint === undefined ? '' : ', ...followStory(() => ui)');
  fastify.get('/docs', (_request, reply) =>
    reply.headers(PAGE_HEADERS).type('text/html; charset=utf-8').send(page),
  );
  fastify.get('/docs/', (_request, reply) => reply.redirect('../docs'));
  fastify.get('/docs/start.js', (_request, reply) => reply.type(JAVASCRIPT).send(start));
  fastify.get(`/docs/${TRY_IT_OUT}`, async (_request, reply) =>
    reply.type(JAVASCRIPT).send(await readFile(new URL(TRY_IT_OUT, import.meta.url))),
  );
  for (const [name, type] of Object.entries(ASSETS)) {
    const path = resolve(`swagger-ui-dist/${name}`);
    fastify.get(`/docs/${name}`, async (_request, reply) =>
      reply
        .header('cache-control', 'public, max-age=3600')
        .type(type)
        .send(await readFile(path)),
    );
  }
}
