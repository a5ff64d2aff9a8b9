import { ConfigError } from '../config/config.js';
import { checkServer, connectionSettings, UnsuitableServerError } from '../event-sourcing/index.js';

/**
 * Checks that the server keeps what it acknowledges. Takes at most 10 s.
 * @param variable the environment variable that the URL comes from, for the message
 * @throws ConfigError when the server cannot be reached, is older than PostgreSQL 16, or runs with `fsync` off
 */
export async function assertDurable(url: string, variable: string): Promise<void> {
  const { url: connectionString, extra } = connectionSettings(url);
  try {
    await checkServer({ ...extra, connectionString });
  } catch (error) {
    if (!(error instanceof UnsuitableServerError)) throw error;
    throw new ConfigError(`${variable}: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`);
  }
}
