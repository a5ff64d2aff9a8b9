import 'reflect-metadata';
import type { Logger } from 'pino';
import { Access, CART_TOKEN_HEADER } from './access/access.js';
import { ConfigError, loadConfig, type Config } from './config/config.js';
import { EmbeddedPostgresError } from './event-sourcing/embedded-postgres/index.js';
import { createLogger } from './http/server/logging.js';
import { startService, stopService, within, type RunningService } from './lifecycle.js';

/** A start that is told to stop has this long to come to an end, in milliseconds. */
const EARLY_STOP_MS = 9_500;
/** Values of HOST that are this machine alone. */
const LOOPBACK = /^(127\.[\d.]+|::1|localhost)$/i;

/**
 * Runs the service until it is told to stop.
 * @throws Error when it cannot start, or has lost its embedded PostgreSQL
 */
async function run(): Promise<void> {
  const config = loadConfig(process.env);
  const logger = createLogger(config.logLevel, { secretHeaders: [CART_TOKEN_HEADER] });
  const stopRequested = firstSignal();
  const starting = startService(config, logger);
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
      'The embedded PostgreSQL has ended under the service: see postgres.log in DATA_DIR for the reason, and start again',
    );
  }
}

/** Resolves with the first signal to stop; a second one while stopping changes nothing. */
function firstSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, resolve);
  });
}

/** A start cannot be interrupted, but stopped as soon as it has got through. */
async function endStart(starting: Promise<RunningService>, logger: Logger): Promise<void> {
  const ending = starting.then(
    (service) => stopService(service, logger),
    (error: unknown) => {
      logger.info(`The start has not got through: ${describe(error)}`);
    },
  );
  await within(EARLY_STOP_MS, ending, () => {
    // An embedded server that recovers from a crash, for example, recovers on, and is adopted by the next start.
    logger.warn('The start takes too long and is given up where it is.');
  });
}

/** Who can read the terminal of a service that only this machine can reach may as well be its admin. */
async function tokenToShow({ host, roles }: Config, { app }: RunningService): Promise<string | undefined> {
  return LOOPBACK.test(host) && roles.includes('web') ? app.get(Access).developmentToken() : undefined;
}

function banner(url: string, { roles }: Config, adminToken: string | undefined): string {
  if (!roles.includes('web'))
    return `\nCartwright listens on ${url}\nIt serves health and metrics only: ROLES is ${roles.join(',')}\n\n`;
  const start = `\nCartwright listens on ${url}\nSwagger UI: ${url}/docs\n`;
  if (adminToken === undefined) return `${start}\n`;
  return `${start}For development, an admin's token, good for a day:\nexport ADMIN_TOKEN=${adminToken}\n\n`;
}

function describe(error: unknown): string {
  if (error instanceof ConfigError || error instanceof EmbeddedPostgresError) return error.message;
  const { code, address, port } = error as { code?: unknown; address?: unknown; port?: unknown };
  switch (code) {
    case 'EADDRINUSE':
      return `PORT: ${String(port)} is in use by another process; stop it or set another PORT.`;
    case 'EACCES':
      return `PORT: this user may not listen on ${String(port)}; set a PORT from 1024 on.`;
    case 'EADDRNOTAVAIL':
      return `HOST: ${String(address)} is no address of this machine; set HOST to one that is.`;
    case 'ENOTFOUND':
      return `HOST: no address is known by this name; set HOST to an address of this machine.`;
    default:
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

try {
  await run();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(1);
}
