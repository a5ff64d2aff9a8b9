import 'reflect-metadata';
import { loadDatabaseConfig, ConfigError } from './config/config.js';
import { joinDatabases, type Databases } from './database/databases.js';
import { EmbeddedPostgresError } from './event-sourcing/embedded-postgres/index.js';
import { runHandlersCli } from './event-sourcing/index.js';

/**
 * `npm run handlers`: lists, renames, clears and drops the stored state of handlers. It works on the databases of the
 * environment, or on the embedded ones in `DATA_DIR`, whether or not a service uses them.
 */
async function run(): Promise<number> {
  let databases: Pick<Databases, 'urls' | 'close'> | undefined;
  try {
    return await runHandlersCli(
      process.argv.slice(2),
      async () => {
        const say = (line: string): void => {
          process.stderr.write(`${line}\n`);
        };
        databases = await joinDatabases(loadDatabaseConfig(process.env), say);
        return databases.urls;
      },
      (text) => process.stdout.write(text),
    );
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
