import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { ConfigError, loadConfig } from './config.js';
import { createApp } from './create-app.js';
import { openDatabases, type Databases } from './database/databases.js';
import { EmbeddedPostgresError } from './database/embedded-postgres.js';
import { createLogger } from './http/logging.js';

/** Requests under way have this long to be answered; with what follows, the process ends within ten seconds. */
const DRAIN_MS = 7_000;

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

async function start(): Promise<void> {
  const config = loadConfig(process.env);
  const logger = createLogger(config.logLevel);
  const stopRequested = firstSignal();
  const databases = await openDatabases(config, (line) => {
    logger.info(line);
  });
  let app: NestFastifyApplication | undefined;
  try {
    app = await createApp(config, databases.urls, logger);
    await app.listen(config.port, config.host);
    process.stdout.write(banner(await app.getUrl()));
  } catch (error) {
    await app?.close();
    await databases.close();
    throw error;
  }
  const signal = await stopRequested;
  logger.info(`${signal}: finishing what is under way.`);
  await stop(app, databases, logger);
}

/** Resolves with the first signal to stop; a second one while stopping changes nothing. */
function firstSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of STOP_SIGNALS) process.on(signal, resolve);
  });
}

async function stop(app: NestFastifyApplication, databases: Databases, logger: Logger): Promise<void> {
  const server = app.getHttpServer();
  const impatience = setTimeout(() => {
    logger.warn('Some requests took too long and are cut off.');
    server.closeAllConnections();
  }, DRAIN_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(impatience);
    await databases.close();
  }
}

function banner(url: string): string {
  return `\nCartwright listens on ${url}\nSwagger UI: ${url}/docs\n\n`;
}

try {
  await start();
  process.exit(0);
} catch (error) {
  const expected = error instanceof ConfigError || error instanceof EmbeddedPostgresError;
  process.stderr.write(`${expected ? error.message : describe(error)}\n`);
  process.exit(1);
}

function describe(error: unknown): string {
  const { code, port } = error as { code?: unknown; port?: unknown };
  if (code === 'EADDRINUSE')
    return `PORT: ${String(port)} is in use by another process; stop it or set another PORT.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
