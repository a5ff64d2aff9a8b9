import { ConfigError } from './config/config.js';
import { EmbeddedPostgresError } from './event-sourcing/embedded-postgres/index.js';

/** @returns what an operator is told of an error that ended a start: one line where the environment is to blame */
export function describe(error: unknown): string {
  if (error instanceof ConfigError || error instanceof EmbeddedPostgresError) return error.message;
  const { code, address, port } = error as { code?: unknown; address?: unknown; port?: unknown };
  switch (code) {
    case 'EADDRINUSE':
      return `PORT: ${String(port)} is in use by another process; stop it or set another PORT.`;
    case 'EACCES':
      return `PORT: this user may not listen on ${String(port)}; set PORT to 1024 or above.`;
    case 'EADDRNOTAVAIL':
      return `HOST: ${String(address)} is no address of this machine; set HOST to one of its addresses.`;
    case 'ENOTFOUND':
      return `HOST: this name has no address; set HOST to an address of this machine.`;
    default:
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
