import 'reflect-metadata';
import { loadDatabaseConfig, ConfigError } from './config/config.js';
import { joinDatabases, type Databases } from './database/databases.js';
import { EmbeddedPostgresError } from './event-sourcing/embedded-postgres/index.js';
import { runCli } from './event-sourcing/index.js';

/**
 * `npm run handlers`: the command line of the event sourcing package, on the databases of the environment or on the
 * embedded ones in `DATA_DIR`, whether or not a service uses them.
 */
async function run(): Promise<number> {
  let databases: Pick<Databases, 'urls' | 'close'> | undefined;
  const writeError = (text: string): void => {
    process.stderr.write(text);
  };
  try {
    return await runCli(process.argv.slice(2), {
      environment: process.env,
      program: 'npm run handlers --',
      write: (text) => process.stdout.write(text),
      writeError,
      databases: async () => {
        databases = await joinDatabases(loadDatabaseConfig(process.env), (line) => {
          writeError(`${line}\n`);
        });
        return databases.urls;
      },
    });
  } finally {
    await databases?.close();
  }
}

try {
  process.exitCode = await run();
} catch (error) {
  const isOurs = error instanceof ConfigError || error instanceof EmbeddedPostgresError;
  const { message, stack } = error as Error;
  process.stderr.write(`${isOurs ? message : (stack ?? message)}\n`);
  process.exitCode = 1;
}
