import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { LoadDemoCatalogCommand } from './catalog/commands/load-demo-catalog.command.js';
import type { Config } from './config/config.js';
import { createApp } from './create-app.js';
import type { Tracing } from './event-sourcing/index.js';
import { openDatabases, type Databases } from './database/databases.js';

/** The time for requests in progress to be answered, in milliseconds. */
const DRAIN_MS = 7_000;
/** The time for handlers and connections after that. It leaves time for the embedded server within ten seconds. */
const SETTLE_MS = 1_500;
const SWEEP_MS = 50;

/** A listening service. */
export interface RunningService {
  readonly app: NestFastifyApplication;
  readonly databases: Databases;
}

/**
 * Opens the databases, wires the service up and listens.
 * @param tracing records spans; nothing is traced unless given
 * @throws Error with a message or code that names the reason; everything is closed then
 */
export async function startService(
  config: Config,
  logger: Logger,
  tracing?: Tracing,
): Promise<RunningService> {
  const databases = await openDatabases(config, (line) => {
    logger.info(line);
  });
  let app: NestFastifyApplication | undefined;
  try {
    app = await createApp(config, databases, logger, [], tracing);
    await app.init();
    if (config.demoCatalog) await loadDemoCatalog(app, logger);
    await app.listen(config.port, config.host);
    return { app, databases };
  } catch (error) {
    await app?.close();
    await databases.close();
    throw error;
  }
}

async function loadDemoCatalog(app: NestFastifyApplication, logger: Logger): Promise<void> {
  const count = await app.get(CommandBus).execute(new LoadDemoCatalogCommand());
  if (count > 0)
    logger.info(`Loaded a demonstration catalogue of ${count} products. DEMO_CATALOG=off prevents that.`);
}

/**
 * Stops a service within ten seconds: first the requests, while handlers still update the views that some of them
 * wait for, then the handlers, and the databases last. Whatever takes too long is cut off.
 */
export async function stopService({ app, databases }: RunningService, logger: Logger): Promise<void> {
  const server = app.getHttpServer();
  // A kept-alive connection becomes idle when its last request is answered, but Node does not close it then.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, SWEEP_MS);
  try {
    await within(DRAIN_MS, app.getHttpAdapter().close() as Promise<void>, () => {
      logger.warn('Some requests took too long and were cut off.');
      server.closeAllConnections();
    });
    await within(SETTLE_MS, app.close(), () => {
      logger.warn(
        'Some work of requests that were cut off has not ended; the databases finish or roll it back.',
      );
    });
  } finally {
    clearInterval(sweep);
    await databases.close();
  }
}

/** Waits for `work`, for `ms` milliseconds at most. After that it calls `giveUp` and returns. */
export async function within(ms: number, work: Promise<unknown>, giveUp: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      giveUp();
      resolve();
    }, ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
