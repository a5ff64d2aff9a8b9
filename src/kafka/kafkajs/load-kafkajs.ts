import type { Kafka, KafkaConfig, SASLOptions } from 'kafkajs';
import type { KafkaConnection } from '../kafka-settings.js';

/** The package, which is optional. */
export type Kafkajs = typeof import('kafkajs');

/** kafkajs is configured and not installed. The message is one line for operators. */
export class KafkajsMissingError extends Error {
  override readonly name = 'KafkajsMissingError';

  constructor(options: ErrorOptions) {
    super(
      'KAFKA_BROKERS is set, but the package kafkajs is not installed. Run: npm install kafkajs',
      options,
    );
  }
}

/** A broker that does not answer is given up after this time, in milliseconds. */
const ANSWER_MS = 10_000;
const CONNECT_MS = 3_000;
/** Retries inside of the client. Longer outages are for the caller, who shows them. */
const RETRY = { initialRetryTime: 100, retries: 4, maxRetryTime: 1_000 };

/**
 * Loads kafkajs.
 * @throws KafkajsMissingError when it is not installed
 */
export async function loadKafkajs(): Promise<Kafkajs> {
  try {
    // It is CommonJS: what it exports is the default export.
    return ((await import('kafkajs')) as unknown as { readonly default: Kafkajs }).default;
  } catch (cause) {
    throw new KafkajsMissingError({ cause });
  }
}

/** @returns a client that logs nothing: its callers report what fails */
export function kafkaClient({ Kafka: Client, logLevel }: Kafkajs, connection: KafkaConnection): Kafka {
  const { brokers, clientId, tls, sasl } = connection;
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: ANSWER_MS,
    requestTimeout: ANSWER_MS,
    retry: RETRY,
    logLevel: logLevel.NOTHING,
    // Copies, because kafkajs keeps notes in them.
    ...(tls && { ssl: { ...tls } }),
    ...(sasl && { sasl: { ...sasl } as SASLOptions }),
  };
  return new Client(config);
}
