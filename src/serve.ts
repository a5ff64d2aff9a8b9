import type { Logger } from 'pino';
import { Access, CART_TOKEN_HEADER } from './access/access.js';
import type { Config } from './config/config.js';
import { EmbeddedPostgresError } from './event-sourcing/embedded-postgres/index.js';
import type { Tracing } from './event-sourcing/index.js';
import { createLogger } from './http/server/logging.js';
import { startService, stopService, within, type RunningService } from './lifecycle.js';
import { describe } from './start-errors.js';
import type { OpenTelemetry } from './tracing/open-telemetry.js';
import type { TracingSettings } from './tracing/tracing-settings.js';

/** The time for a start to end after a signal to stop, in milliseconds. */
const EARLY_STOP_MS = 9_500;
/** The time to send the last spans, in milliseconds. */
const FLUSH_MS = 1_000;
const SPANS_LOST = 'The last spans could not be sent in time.';
/** Values of HOST that only this machine can reach. */
const LOOPBACK = /^(127\.[\d.]+|::1|localhost)$/i;

/**
 * Runs the service until a signal stops it.
 * @throws Error when the service cannot start, or has lost its embedded PostgreSQL
 */
export async function serve(config: Config): Promise<void> {
  const openTelemetry = config.tracing && (await startTracing(config.tracing, () => logger));
  const extraFields = openTelemetry?.logFields;
  const logger = createLogger(config.logLevel, { secretHeaders: [CART_TOKEN_HEADER], extraFields });
  try {
    await serveUntilStopped(config, logger, openTelemetry?.tracing);
  } finally {
    if (openTelemetry)
      await within(FLUSH_MS, openTelemetry.stop(), () => {
        logger.warn(SPANS_LOST);
      });
  }
}

/** The SDK is loaded only here: it takes a tenth of a second and some megabytes. */
async function startTracing(settings: TracingSettings, logger: () => Logger): Promise<OpenTelemetry> {
  const { startOpenTelemetry } = await import('./tracing/open-telemetry.js');
  return startOpenTelemetry(settings, (lost, error) => {
    logger().warn(`${lost} spans could not be sent to OTEL_EXPORTER_OTLP_ENDPOINT: ${error}`);
  });
}

async function serveUntilStopped(config: Config, logger: Logger, tracing?: Tracing): Promise<void> {
  const stopRequested = firstSignal();
  const starting = startService(config, logger, tracing);
  const service = await Promise.race([starting, stopRequested]);
  if (typeof service === 'string') {
    logger.info(`${service}: ending the start.`);
    await endStart(starting, logger);
    return;
  }
  process.stdout.write(banner(await service.app.getUrl(), config, await tokenToShow(config, service)));
  const signal = await Promise.race([stopRequested, service.databases.lost]);
  logger.info(`${signal ?? 'The databases are lost'}: finishing what is under way.`);
  await stopService(service, logger);
  if (signal === undefined) {
    throw new EmbeddedPostgresError(
      'The embedded PostgreSQL has ended under the service: see postgres.log in DATA_DIR, and start again',
    );
  }
}

/** Resolves with the first signal to stop; a second one while stopping changes nothing. */
function firstSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, resolve);
  });
}

/** A start cannot be interrupted. It is stopped as soon as it has finished. */
async function endStart(starting: Promise<RunningService>, logger: Logger): Promise<void> {
  const ending = starting.then(
    (service) => stopService(service, logger),
    (error: unknown) => {
      logger.info(`The start has failed: ${describe(error)}`);
    },
  );
  await within(EARLY_STOP_MS, ending, () => {
    // An embedded server that recovers from a crash goes on, and the next start adopts it.
    logger.warn('The start takes too long; the process exits now.');
  });
}

/** Shows a token only if nobody but this machine can reach the service. */
async function tokenToShow({ host, roles }: Config, { app }: RunningService): Promise<string | undefined> {
  return LOOPBACK.test(host) && roles.includes('web') ? app.get(Access).developmentToken() : undefined;
}

function banner(url: string, { roles }: Config, adminToken: string | undefined): string {
  if (!roles.includes('web'))
    return `\nCartwright listens on ${url}\nIt serves health and metrics only: ROLES is ${roles.join(',')}\n\n`;
  const start = `\nCartwright listens on ${url}\nSwagger UI: ${url}/docs\n`;
  if (adminToken === undefined) return `${start}\n`;
  return `${start}For development, a token of an administrator, valid for a day:\nexport ADMIN_TOKEN=${adminToken}\n\n`;
}
