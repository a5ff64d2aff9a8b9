import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { kafkaJars } from './kafka-jars.js';

/** A small heap, and the collector and compiler that start fastest. */
const JAVA = ['-Xms64m', '-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];
const LOGGING = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
const START_MS = 120_000;

/** Settings of a single node that needs little memory. */
const SETTINGS = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,CLIENTS:PLAINTEXT',
  'inter.broker.listener.name': 'CLIENTS',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '2',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '2',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  'auto.create.topics.enable': 'false',
  // A broker that was killed registers again once its former session has expired.
  'broker.session.timeout.ms': '1000',
  'broker.heartbeat.interval.ms': '200',
  'controller.quorum.election.timeout.ms': '200',
  'controller.quorum.fetch.timeout.ms': '500',
  'num.network.threads': '2',
  'num.io.threads': '2',
  'background.threads': '2',
  'num.recovery.threads.per.data.dir': '1',
  'log.cleaner.threads': '1',
  'log.cleaner.dedupe.buffer.size': '2097152',
};

/** How a broker differs from the usual one. */
export interface KafkaBrokerOptions {
  /** Settings of the broker, on top of ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A user who can log in by SCRAM-SHA-512. */
  readonly scram?: { readonly username: string; readonly password: string };
}

/** One node of Apache Kafka, on a free port of this machine, with its data in a temporary folder. */
export class KafkaBroker {
  private child: ChildProcess | undefined;
  private exited: Promise<unknown> | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /**
   * Starts a new broker and waits until it accepts connections.
   * @throws Error with what the broker logged, if it ends before
   */
  static async start({ settings = {}, scram }: KafkaBrokerOptions = {}): Promise<KafkaBroker> {
    const folder = mkdtempSync(join(tmpdir(), 'cartwright-kafka-'));
    const [port, controller] = [await freePort(), await freePort()];
    const properties = {
      ...SETTINGS,
      listeners: `CLIENTS://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': `CLIENTS://127.0.0.1:${port}`,
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      'log.dirs': join(folder, 'data'),
      ...settings,
    };
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`);
    writeFileSync(join(folder, 'server.properties'), lines.join('\n'));
    const broker = new KafkaBroker(folder, port);
    broker.format(scram);
    await broker.restart();
    return broker;
  }

  /** Host and port. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Ends the broker as a power cut would (SIGKILL). */
  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.exited;
    this.child = undefined;
  }

  /** Starts the broker again where it was killed: same port, same data. Resolves when it accepts connections. */
  async restart(): Promise<void> {
    const child = spawn('java', this.java('kafka.Kafka', join(this.folder, 'server.properties')), {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(this.logFile, { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const killWithUs = (): void => void child.kill('SIGKILL');
    process.once('exit', killWithUs);
    this.exited = once(child, 'close').then(() => {
      process.off('exit', killWithUs);
      log.end();
    });
    this.child = child;
    const giveUpAt = Date.now() + START_MS;
    while (!(await accepts(this.port))) {
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > giveUpAt)
        throw new Error(`The Kafka broker did not start:\n${readFileSync(this.logFile, 'utf8')}`);
      await sleep(50);
    }
  }

  /** Ends the broker and removes its data. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  private get logFile(): string {
    return join(this.folder, 'broker.log');
  }

  private format(user: KafkaBrokerOptions['scram']): void {
    const parameters = [
      '-t',
      randomBytes(16).toString('base64url'),
      '-c',
      join(this.folder, 'server.properties'),
    ];
    if (user) parameters.push('-S', `SCRAM-SHA-512=[name=${user.username},password=${user.password}]`);
    execFileSync('java', this.java('kafka.tools.StorageTool', 'format', ...parameters), { stdio: 'pipe' });
  }

  private java(main: string, ...parameters: readonly string[]): string[] {
    return [...JAVA, LOGGING, '-cp', join(kafkaJars(), '*'), main, ...parameters];
  }
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (isOpen: boolean) => () => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });
}
