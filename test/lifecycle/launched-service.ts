import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { ACCESS_ENV } from '../support/credentials.js';
import { DocumentedApi } from '../support/contract/documented-api.js';
import { HttpClient } from '../support/http-client.js';
import { bundledService, BUILT_SERVICE } from '../support/service-program.js';
import { Shop } from '../support/shop.js';
import { inTime } from './conditions.js';

/** How a process ended: `code` is null where a signal ended it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program, and the folder to run it in. */
export interface Program {
  readonly file: string;
  readonly parameters: readonly string[];
  readonly folder: string;
}

const inNode = (script: string): Program => ({ file: process.execPath, parameters: [script], folder: '/' });
/** The very files that `npm start` runs. */
export const BUILT: Program = inNode(BUILT_SERVICE);
const START_MS = 30_000;
const ADDRESS = /Cartwright listens on (http:\/\/\S+)/;

const running = new Set<LaunchedService>();

/** The built service as it is launched from a terminal: the leader of a process group, and nobody looks after it. */
export class LaunchedService {
  /** How it ended, once it has, and so have all others that hold its outputs. */
  readonly ended: Promise<Ending>;
  stdout = '';
  stderr = '';
  private client: HttpClient | undefined;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    running.add(this);
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(this);
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /** @param env its whole environment, on top of what every process needs, `PORT=0` and the secrets of the tests */
  static start(env: NodeJS.ProcessEnv, program = inNode(bundledService())): LaunchedService {
    const { PATH, TMPDIR, HOME } = process.env;
    const child = spawn(program.file, program.parameters, {
      cwd: program.folder,
      env: { PATH, TMPDIR, HOME, PORT: '0', RATE_LIMIT: 'off', DEMO_CATALOG: 'off', ...ACCESS_ENV, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new LaunchedService(child);
  }

  /** Kills those that a test which failed has left running, with their process groups. */
  static async killAll(): Promise<void> {
    await Promise.all([...running].map((service) => service.kill()));
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('It was not spawned.');
    return this.child.pid;
  }

  /**
   * Waits until it says that it listens.
   * @returns its address: scheme, host and port
   * @throws Error with all that it has said when it ends before
   */
  async listens(): Promise<string> {
    await inTime(START_MS, 'the service to listen', () => ADDRESS.test(this.stdout) || !running.has(this));
    const origin = ADDRESS.exec(this.stdout)?.[1];
    if (origin === undefined) throw new Error(`The service did not start: ${this.stdout}${this.stderr}`);
    this.client ??= new HttpClient(origin, await DocumentedApi.of(origin));
    return origin;
  }

  /** Waits until it is ready to serve. */
  async ready(): Promise<this> {
    await this.listens();
    await inTime(
      START_MS,
      'the service to be ready',
      async () => (await this.http.get('/health/ready')).status === 200,
    );
    return this;
  }

  /** A client of the service, which must listen. */
  get http(): HttpClient {
    if (this.client === undefined) throw new Error('It does not listen yet.');
    return this.client;
  }

  get shop(): Shop {
    return new Shop(this.http);
  }

  /** Sends a signal to the process alone. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Sends a signal to the whole process group, as Ctrl-C in a terminal does. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  /** Asks it to end, and waits until it has. */
  async stop(): Promise<Ending> {
    this.signal('SIGTERM');
    return this.ended;
  }

  /** Kills the process group, and waits until the last of it has gone. */
  async kill(): Promise<void> {
    try {
      if (running.has(this)) this.signalGroup('SIGKILL');
    } catch (error) {
      // It has ended in this moment.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    await this.ended;
  }
}
