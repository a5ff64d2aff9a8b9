import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { KafkaBroker } from '../support/kafka-broker.js';
import { Service } from '../support/service.js';
import { relayBecomes } from './relay-status.js';

const USER = { username: 'relay', password: 'a-password-of-the-relay' };
const SECURITY = 'org.apache.kafka.common.security';

let folder: string;
let certificate: { readonly cert: string; readonly key: string };
let broker: KafkaBroker;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cartwright-kafka-tls-'));
  certificate = makeCertificate();
  broker = await KafkaBroker.start({ settings: securedBy(certificate), scram: USER });
});
afterAll(async () => {
  await broker.remove();
  await rm(folder, { recursive: true });
});

/** A certificate that signs itself. The broker and the service both show it and trust it. */
function makeCertificate(): typeof certificate {
  const paths = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=cartwright'];
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', [...request, ...names, '-keyout', paths.key, '-out', paths.cert], {
    stdio: 'pipe',
  });
  return paths;
}

/** Settings of a broker that asks its clients for a certificate and a password. */
function securedBy({ cert, key }: typeof certificate): Readonly<Record<string, string>> {
  const pair = join(folder, 'pair.pem');
  execFileSync('sh', ['-c', 'cat "$1" "$2" > "$3"', 'sh', key, cert, pair]);
  const users = `user_broker="itself" user_${USER.username}="${USER.password}"`;
  return {
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,CLIENTS:SASL_SSL',
    'listener.name.clients.ssl.client.auth': 'required',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': pair,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': cert,
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'listener.name.clients.plain.sasl.jaas.config': `${SECURITY}.plain.PlainLoginModule required username="broker" password="itself" ${users};`,
    'listener.name.clients.scram-sha-512.sasl.jaas.config': `${SECURITY}.scram.ScramLoginModule required;`,
  };
}

/** Starts the service with Kafka, its certificate and its password. */
async function start(name: string, settings: NodeJS.ProcessEnv = {}): Promise<Service> {
  return Service.start(name, {
    KAFKA_BROKERS: broker.address,
    KAFKA_TLS: 'on',
    KAFKA_TLS_CA: certificate.cert,
    KAFKA_TLS_CERT: certificate.cert,
    KAFKA_TLS_KEY: certificate.key,
    KAFKA_SASL: 'scram-sha-512',
    KAFKA_USERNAME: USER.username,
    KAFKA_PASSWORD: USER.password,
    ...settings,
  });
}

it.each(['plain', 'scram-sha-512'])(
  'sends events over TLS, with a certificate and a password by %s',
  async (KAFKA_SASL) => {
    const service = await start('kafka_secured', { KAFKA_SASL });
    await service.shop.open();
    await relayBecomes(service, ({ state, lag }) => state === 'running' && lag === 0);
    expect(await service.leave()).toEqual([]);
  },
);

it.each([
  ['a wrong password', { KAFKA_PASSWORD: 'not-the-password' }, /SASL SCRAM SHA512 authentication failed/],
  [
    'no certificate',
    { KAFKA_TLS_CERT: undefined, KAFKA_TLS_KEY: undefined },
    /alert (bad certificate|certificate required)/,
  ],
  ['a broker that it does not trust', { KAFKA_TLS_CA: undefined }, /self-signed certificate/],
])('sends nothing with %s, and logs why without the password', async (_, settings, reason) => {
  const service = await start('kafka_refused', settings);
  await service.shop.open();
  await relayBecomes(service, ({ state, lag }) => state === 'retrying' && lag > 0);
  const log = await eventually(
    'the reason in the log',
    () => Promise.resolve(JSON.stringify(service.log)),
    (text) => reason.test(text),
  );
  expect(log).not.toContain('KAFKA_PASSWORD' in settings ? settings.KAFKA_PASSWORD : USER.password);
  await service.leave();
});
