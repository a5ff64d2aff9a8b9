import type { INestApplicationContext } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { AppModule } from '../../src/app.module.js';
import { Access } from '../../src/access/access.js';
import { loadConfig, type DatabaseUrls } from '../../src/config/config.js';
import { openDatabases } from '../../src/database/databases.js';
import { EventLog, SubscriptionRunner } from '../../src/event-sourcing/index.js';
import { createHttpAdapter } from '../../src/http/server/http-adapter.js';
import { createLogger } from '../../src/http/server/logging.js';
import { ACCESS_ENV } from '../support/credentials.js';
import { eventually } from '../support/eventually.js';

/** What Nest's decorators leave on classes that hear of events. */
const HEARS = ['__eventsHandler__', '__saga__'];

/** Starts the service without listening, on databases that are brought to the newest schema first. */
export async function startService({ command, query }: DatabaseUrls): Promise<INestApplicationContext> {
  const config = loadConfig({ ...ACCESS_ENV, COMMAND_DATABASE_URL: command, QUERY_DATABASE_URL: query });
  const databases = await openDatabases(config, () => undefined);
  const service = AppModule.forRoot(config, databases, await Access.open(config.access, config.dataDir));
  const adapter = createHttpAdapter({ logger: createLogger('silent') });
  const app = await NestFactory.create<NestFastifyApplication>(service, adapter, {
    logger: false,
    abortOnError: false,
  });
  return app.init();
}

/** Names of the classes of an application that hear of events, each as often as it is a handler or has sagas. */
export function classesThatHear(app: INestApplicationContext): string[] {
  const providers = [...app.get(ModulesContainer).values()].flatMap((module) => [
    ...module.providers.values(),
  ]);
  return providers.flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    return HEARS.flatMap((mark) => {
      const found: unknown = Reflect.getOwnMetadata(mark, metatype);
      if (!Array.isArray(found)) return [];
      return mark === '__saga__' ? found.map((saga) => `${metatype.name}.${String(saga)}`) : [metatype.name];
    });
  });
}

/** Resolves when every handler is at the end of the log. */
export async function caughtUp(app: INestApplicationContext): Promise<void> {
  await quiet(app, false);
}

/**
 * Resolves when every handler is at the end of the log and no command is due.
 * @param withCommands false to look at the handlers alone
 */
export async function quiet(app: INestApplicationContext, withCommands = true): Promise<void> {
  const log = app.get(EventLog);
  const { subscriptions } = app.get(SubscriptionRunner);
  const look = async () => {
    const { rows } = await log.query<{ top: number }>(
      'SELECT coalesce(max(position), 0)::float8 AS top FROM event_log',
      [],
    );
    const top = rows[0]?.top ?? 0;
    // The checkpoint of a saga may be behind what it has heard of.
    const { rows: sagas } = await log.query<{ name: string }>(
      `SELECT name FROM checkpoint WHERE kind = 'saga' AND position < $1`,
      [top],
    );
    const late = subscriptions.filter(({ position }) => position < top).map(({ options }) => options.name);
    const behind = [...new Set([...late, ...sagas.map(({ name }) => name)])];
    const due = await log.query<{ type: string }>(
      'SELECT type FROM durable_command WHERE $1::boolean AND due_at <= now() AND ready',
      [withCommands],
    );
    // Asked for last, so that nothing that these commands have stored is passed over.
    const after = await log.query<{ top: number }>('SELECT max(position)::float8 AS top FROM event_log', []);
    return { behind, due: due.rows.length, hasGrown: after.rows[0]?.top !== top };
  };
  await eventually(
    'all to be quiet',
    look,
    ({ behind, due, hasGrown }) => behind.length === 0 && due === 0 && !hasGrown,
  );
}

/** All rows of all tables of a database but those that keep the books of the engine. */
export async function rowsOfViews(queryUrl: string): Promise<Record<string, unknown[]>> {
  return withDatabase(queryUrl, async (database) => {
    const tables: { name: string }[] = await database.query(
      `SELECT table_name AS name FROM information_schema.tables
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
          AND table_name NOT IN ('checkpoint', 'lease_member', 'parked_event', 'view_rebuild', 'migrations')
          -- Kept for a version before, and filled by nobody.
          AND table_name NOT IN ('cart_details', 'cart_summaries') ORDER BY 1`,
    );
    const views: Record<string, unknown[]> = {};
    for (const { name } of tables) {
      const rows: { row: unknown }[] = await database.query(
        `SELECT to_jsonb(t) AS row FROM "${name}" t ORDER BY to_jsonb(t)::text`,
      );
      views[name] = rows.map(({ row }) => row);
    }
    return views;
  });
}

/** What the handlers and sagas have brought about in the command database, without what differs from run to run. */
export async function effects(commandUrl: string): Promise<Record<string, unknown[]>> {
  return withDatabase(commandUrl, async (database) => {
    const select = (statement: string): Promise<unknown[]> => database.query(statement);
    return {
      commands: await select(
        `SELECT id, run_id, source, queue, type, data, metadata, ready, attempts, holder,
                CASE WHEN due_at > now() THEN due_at END AS due_at
           FROM durable_command ORDER BY id`,
      ),
      outcomes: await select('SELECT command_id, outcome FROM command_outcome ORDER BY 1'),
      events: await select('SELECT stream, version, type, data, metadata FROM event_log ORDER BY 1, 2'),
      parked: await select('SELECT handler, type, error FROM parked_event'),
    };
  });
}

async function withDatabase<T>(url: string, work: (database: DataSource) => Promise<T>): Promise<T> {
  const database = await new DataSource({ type: 'postgres', url }).initialize();
  try {
    return await work(database);
  } finally {
    await database.destroy();
  }
}
