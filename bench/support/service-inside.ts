import { createApp } from '../../src/create-app.js';
import { loadConfig, type DatabaseUrls } from '../../src/config/config.js';
import { openDatabases } from '../../src/database/databases.js';
import { createLogger } from '../../src/http/server/logging.js';

type Service = Awaited<ReturnType<typeof createApp>>;

const SECRET = 'a secret of the benches, long enough to sign with';

/**
 * Lends a service in this process, wired up as `src/main.ts` does it and not listening, to `work`.
 * @param databases are brought to the newest schema first
 * @param env beside what every service needs
 */
export async function withServiceInside<T>(
  databases: DatabaseUrls,
  env: NodeJS.ProcessEnv,
  work: (app: Service) => Promise<T>,
): Promise<T> {
  const config = loadConfig({
    LOG_LEVEL: 'warn',
    AUTH_JWT_SECRET: SECRET,
    CART_TOKEN_SECRETS: SECRET,
    COMMAND_DATABASE_URL: databases.command,
    QUERY_DATABASE_URL: databases.query,
    ...env,
  });
  const opened = await openDatabases(config, () => undefined);
  const app = await createApp(config, opened, createLogger(config.logLevel));
  try {
    await app.init();
    return await work(app);
  } finally {
    await app.close();
  }
}
