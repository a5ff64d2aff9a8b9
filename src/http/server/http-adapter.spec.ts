import pino from 'pino';
import type { FastifyInstance } from 'fastify';
import { createHttpAdapter } from './http-adapter.js';

it('refuses a route with a JSON Schema at the start, because Fastify has no compiler for it', async () => {
  const fastify = createHttpAdapter({ logger: pino({ level: 'silent' }) }).getInstance<FastifyInstance>();
  fastify.get('/things', { schema: { querystring: { type: 'object', properties: {} } } }, () => 'things');
  await expect(fastify.ready()).rejects.toThrow('This service compiles no JSON Schema');
});
