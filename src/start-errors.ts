import { ConfigError } from './config/config.js';
import { KafkajsMissingError } from './kafka/kafkajs/load-kafkajs.js';
import { KafkaSettingsError } from './kafka/topic-map.js';
import { EmbeddedPostgresError } from './event-sourcing/embedded-postgres/index.js';
import { TracingUnavailableError } from './tracing/tracing.errors.js';

/** Errors whose message is one line that says what to do. */
const OPERATORS_ERRORS = [
  ConfigError,
  EmbeddedPostgresError,
  KafkajsMissingError,
  KafkaSettingsError,
  TracingUnavailableError,
];
/** The same. Their classes would load all of event sourcing before the configuration is checked. */
const OPERATORS_ERROR_NAMES = ['UnsuitableServerError', 'LogMismatchError'];

/** @returns what an operator is told of an error that ended a start: one line where the environment is to blame */
export function describe(error: unknown): string {
  const isOurs = OPERATORS_ERRORS.some((errorClass) => error instanceof errorClass);
  if (isOurs) return (error as Error).message;
  if (error instanceof Error && OPERATORS_ERROR_NAMES.includes(error.name)) return error.message;
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
