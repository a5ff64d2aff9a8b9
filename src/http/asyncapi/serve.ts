import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createAsyncApiDocument, type AsyncApiContent } from './document.js';

/**
 * Serves the AsyncAPI document at `/asyncapi.json`. `app` is not initialised yet.
 * @param content is asked for once, with the first request
 */
export function setupAsyncApi(app: NestFastifyApplication, content: () => AsyncApiContent): void {
  const fastify = app.getHttpAdapter().getInstance();
  let text: string | undefined;
  fastify.get('/asyncapi.json', (_request, reply) => {
    text ??= JSON.stringify(createAsyncApiDocument(content()));
    return reply.type('application/json; charset=utf-8').send(text);
  });
}
