import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { loadConfig } from '../../src/config/config.js';
import { createApp } from '../../src/create-app.js';
import { openDatabases } from '../../src/database/databases.js';
import { createLogger } from '../../src/http/server/logging.js';
import { ACCESS_ENV } from '../support/credentials.js';
import { createDatabase } from '../support/database.js';

const LINE = /^(.*)[├└]── (\S+)(?: \((.*)\))?$/;
const INDENT = 4;

/**
 * Builds the service as `main.ts` does, on databases of its own, and looks at it from inside.
 * @param look is handed the application, which ends afterwards
 */
export async function lookInside<T>(look: (app: NestFastifyApplication) => T): Promise<T> {
  const [command, query] = [await createDatabase('routes_command'), await createDatabase('routes_query')];
  try {
    const config = loadConfig({
      ...ACCESS_ENV,
      COMMAND_DATABASE_URL: command.url,
      QUERY_DATABASE_URL: query.url,
    });
    const databases = await openDatabases(config, () => undefined);
    const app = await createApp(config, databases, createLogger('silent'));
    try {
      await app.init();
      const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
      await fastify.ready();
      return look(app);
    } finally {
      await app.close();
      await databases.close();
    }
  } finally {
    await Promise.all([command.drop(), query.drop()]);
  }
}

/**
 * Reads Fastify's drawing of its routes: a tree whose branches are parts of paths.
 * @returns lines such as `GET /v1/carts/{cartId}`, sorted; `HEAD`, which comes with each `GET`, is left out
 */
export function routesOf(app: NestFastifyApplication): string[] {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  const drawing = fastify.printRoutes({ commonPrefix: false });
  const branch: string[] = [];
  const routes: string[] = [];
  for (const line of drawing.split('\n').filter((one) => one.trim() !== '')) {
    const [, indent = '', part = '', methods = ''] = LINE.exec(line) ?? [];
    if (part === '') throw new Error(`Fastify draws its routes differently now: ${line}`);
    branch.splice(indent.length / INDENT, Infinity, part);
    const path = branch.join('').replace(/:(\w+)/g, '{$1}');
    for (const method of methods.split(', ')) {
      if (method !== '' && method !== 'HEAD') routes.push(`${method} ${path}`);
    }
  }
  return routes.sort();
}
