import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

const POM = resolve('test/support/kafka/pom.xml');
const CACHE = resolve('node_modules/.cache/kafka');
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
const OLDEST_JAVA = 17;

/**
 * Says why no Kafka broker can be started here.
 * @returns one sentence, or `undefined` if a broker can be started
 */
export function whyNoKafka(): string | undefined {
  const java = javaVersion();
  if (java === undefined) return 'No java was found. Kafka needs JDK 17 or later.';
  if (java < OLDEST_JAVA) return `Java ${java} was found. Kafka needs JDK 17 or later.`;
  const hasJars = existsSync(jarFolder());
  if (!hasJars && spawnSync('mvn', ['-v']).status !== 0)
    return 'No mvn was found. It fetches the jars of Kafka.';
  if (spawnSync('openssl', ['version']).status !== 0)
    return 'No openssl was found. It makes the certificate of a broker.';
  return undefined;
}

/** @returns the folder with the jars of Kafka; Maven fetches them into it once */
export function kafkaJars(): string {
  const folder = jarFolder();
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const fresh = `${folder}.${process.pid}`;
  execFileSync('mvn', ['-q', '-B', '-f', POM, COPY, `-DoutputDirectory=${fresh}`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    renameSync(fresh, folder);
  } catch (error) {
    // Another process was faster.
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

function jarFolder(): string {
  return resolve(CACHE, createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12));
}

function javaVersion(): number | undefined {
  const { status, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const [, version] = /version "(\d+)/.exec(stderr) ?? [];
  return version === undefined ? undefined : Number(version);
}
