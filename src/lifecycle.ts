import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { LoadDemoCatalogCommand } from './catalog/commands/load-demo-catalog.command.js';
import type { Config } from './config/config.js';
import { createApp } from './create-app.js';
import { openDatabases, type Databases } from './database/databases.js';

/** Requests under way have this long to be answered, in milliseconds. */
const DRAIN_MS = 7_000;
/**
 * Handlers and connections have this long after that. What the embedded server takes to stop fits into ten seconds,
 * too.
 */
const SETTLE_MS = 1_500;
const SWEEP_MS = 50;

/** A service that listens. */
export interface RunningService {
  readonly app: NestFastifyApplication;
  readonly databases: Databases;
}

/**
 * Opens the databases, wires the service up and listens.
 * @throws Error whose message or code tells what is wrong; nothing keeps running then
 */
export async function startService(config: Config, logger: Logger): Promise<RunningService> {
  const databases = await openDatabases(config, (line) => {
    logger.info(line);
  });
  let app: NestFastifyApplication | undefined;
  try {
    app = await createApp(config, databases, logger);
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
 * Ends a service: first the requests, while handlers go on to feed the views that some of them wait for; then the
 * handlers; the databases last. What takes too long is cut off, so that all is over within ten seconds.
 */
export async function stopService({ app, databases }: RunningService, logger: Logger): Promise<void> {
  const server = app.getHttpServer();
  // A connection that is kept alive becomes idle when its last request is answered, and Node does not close it by
  // itself then.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, SWEEP_MS);
  try {
    await within(DRAIN_MS, app.getHttpAdapter().close() as Promise<void>, () => {
      logger.warn('Some requests took too long and are cut off.');
      server.closeAllConnections();
    });
    await within(SETTLE_MS, app.close(), () => {
      logger.warn(
        'Some work for requests that were cut off has not come to its end; it is left to the databases.',
      );
    });
  } finally {
    clearInterval(sweep);
    await databases.close();
  }
}

/** Waits for `work`, but no longer than `ms`: then it calls `giveUp` and goes on. */
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
