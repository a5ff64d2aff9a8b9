import { readFileSync } from 'node:fs';
import { ConfigError } from './config.checks.js';
import type { KafkaSasl, KafkaSettings, KafkaTls, TopicRoute } from '../kafka/kafka-settings.js';

/** The variables that begin with `KAFKA_`, as far as they are set. */
export interface KafkaVariables {
  readonly KAFKA_BROKERS: readonly string[] | undefined;
  readonly KAFKA_CLIENT_ID: string;
  readonly KAFKA_TLS: 'on' | 'off';
  readonly KAFKA_TLS_CA: string | undefined;
  readonly KAFKA_TLS_CERT: string | undefined;
  readonly KAFKA_TLS_KEY: string | undefined;
  readonly KAFKA_SASL: KafkaSasl['mechanism'] | undefined;
  readonly KAFKA_USERNAME: string | undefined;
  readonly KAFKA_PASSWORD: string | undefined;
  readonly KAFKA_TOPICS: readonly TopicRoute[];
  readonly KAFKA_EVENT_TYPES: readonly string[] | undefined;
  readonly KAFKA_SOURCE: string;
  readonly KAFKA_CREATE_TOPICS: 'on' | 'off';
  readonly KAFKA_PARTITIONS: number;
  readonly KAFKA_REPLICATION: number | undefined;
}

/**
 * Checks the settings of Kafka against each other and reads the files that they name.
 * @param inProduction whether a password may be sent only over TLS
 * @returns undefined if Kafka is not used
 * @throws ConfigError when they contradict each other, or a file cannot be read; it shows no password
 */
export function kafkaSettingsOf(values: KafkaVariables, inProduction: boolean): KafkaSettings | undefined {
  const contradiction = contradictionIn(values, inProduction);
  if (contradiction !== undefined) throw new ConfigError(contradiction);
  const { KAFKA_BROKERS: brokers, KAFKA_CLIENT_ID: clientId } = values;
  if (brokers === undefined) return undefined;
  const connection = Object.freeze({ brokers, clientId, tls: tlsOf(values), sasl: saslOf(values) });
  const relay = Object.freeze({
    routes: values.KAFKA_TOPICS,
    eventTypes: values.KAFKA_EVENT_TYPES,
    source: values.KAFKA_SOURCE,
    createsTopics: values.KAFKA_CREATE_TOPICS === 'on',
    partitions: values.KAFKA_PARTITIONS,
    replication: values.KAFKA_REPLICATION,
  });
  return Object.freeze({ connection, relay });
}

function contradictionIn(values: KafkaVariables, inProduction: boolean): string | undefined {
  const { KAFKA_TLS: tls, KAFKA_TLS_CERT: cert, KAFKA_TLS_KEY: key } = values;
  const { KAFKA_SASL: sasl, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = values;
  const login = [sasl, username, password].filter((part) => part !== undefined);
  const files = [values.KAFKA_TLS_CA, cert, key].filter((file) => file !== undefined);
  if (values.KAFKA_BROKERS === undefined) {
    const isSecured = tls === 'on' || login.length > 0 || files.length > 0;
    return isSecured ? 'KAFKA_BROKERS must be set too when TLS or a password for Kafka are.' : undefined;
  }
  if (tls === 'off' && files.length > 0)
    return 'KAFKA_TLS must be on when KAFKA_TLS_CA, KAFKA_TLS_CERT or KAFKA_TLS_KEY is set.';
  if ((cert === undefined) !== (key === undefined))
    return 'KAFKA_TLS_CERT and KAFKA_TLS_KEY belong together: set both of them, or neither.';
  if (login.length !== 0 && login.length !== 3)
    return 'KAFKA_SASL, KAFKA_USERNAME and KAFKA_PASSWORD belong together: set all of them, or none.';
  if (inProduction && sasl === 'plain' && tls === 'off')
    return 'KAFKA_SASL=plain sends the password as it is: set KAFKA_TLS=on in production, or use scram-sha-512.';
  return undefined;
}

function tlsOf(values: KafkaVariables): KafkaTls | undefined {
  if (values.KAFKA_TLS === 'off') return undefined;
  return Object.freeze({
    ca: contentOf('KAFKA_TLS_CA', values.KAFKA_TLS_CA),
    cert: contentOf('KAFKA_TLS_CERT', values.KAFKA_TLS_CERT),
    key: contentOf('KAFKA_TLS_KEY', values.KAFKA_TLS_KEY),
  });
}

function saslOf(values: KafkaVariables): KafkaSasl | undefined {
  const { KAFKA_SASL: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = values;
  if (mechanism === undefined || username === undefined || password === undefined) return undefined;
  return Object.freeze({ mechanism, username, password });
}

function contentOf(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${name}: the file ${path} cannot be read (${code ?? 'unknown error'}).`);
  }
}
