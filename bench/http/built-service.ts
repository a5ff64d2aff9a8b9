import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { JWT_SECRET } from './shop.js';

const BANNER = /^Cartwright listens on (http:\/\/\S+)$/;
/** A service that is asked to stop ends within ten seconds by itself. */
const STOP_PATIENCE_MS = 20_000;

/** Where the service comes from, and what it is started with. */
export interface BuiltServiceOptions {
  /** Folder of a checkout that is built. */
  readonly checkout: string;
  /** Databases of the bench; without them the service runs its embedded PostgreSQL. */
  readonly databases?: { readonly command: string; readonly query: string };
  /** Arguments of Node itself. */
  readonly nodeArguments?: readonly string[];
}

/** The built service of a checkout as processes of its own, one after the other, on one data folder. */
export class BuiltService {
  private child: ChildProcess | undefined;
  private address = '';

  private constructor(
    private readonly options: BuiltServiceOptions,
    private readonly dataDir: string,
  ) {}

  /** Makes a data folder in the temporary one, and starts the service there. */
  static async start(options: BuiltServiceOptions): Promise<BuiltService> {
    const dataDir = await mkdtemp(join(tmpdir(), 'cartwright-bench-'));
    // Where root starts the service, PostgreSQL's own user has to pass.
    await chmod(dataDir, 0o711);
    const service = new BuiltService(options, dataDir);
    try {
      await service.run();
      return service;
    } catch (error) {
      await service.remove();
      throw error;
    }
  }

  /** Scheme, host and port. They change when the service is started again. */
  get origin(): string {
    return this.address;
  }

  /** Process id of the running service. */
  get pid(): number {
    return this.child?.pid ?? Number.NaN;
  }

  /** Process id of the embedded PostgreSQL; undefined where it does not run one. */
  async postmaster(): Promise<number | undefined> {
    const lines = await readFile(join(this.dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
    return Number(lines.split('\n', 1)[0]) || undefined;
  }

  /**
   * Starts it on the data that it has, after it was stopped.
   * @throws Error with all that it has said when it ends before it listens
   */
  async run(): Promise<void> {
    const { checkout, nodeArguments = [] } = this.options;
    const program = [...nodeArguments, '--enable-source-maps', join(checkout, 'dist', 'main.js')];
    const child = spawn(process.execPath, program, {
      env: this.environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const said: string[] = [];
    const outputs = [child.stdout, child.stderr].map((input) => createInterface({ input }));
    this.address = await new Promise<string>((listens, fails) => {
      for (const output of outputs) {
        output.on('line', (line) => {
          const address = BANNER.exec(line)?.[1];
          if (address !== undefined) listens(address);
          else if (said.length < 100) said.push(line);
        });
      }
      child.once('error', fails);
      child.once('close', () => {
        fails(new Error(`The service of ${checkout} ended before it listened:\n${said.join('\n')}`));
      });
    });
  }

  /** Stops the service, and its embedded PostgreSQL. The data stay. */
  async stop(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const postmaster = await this.postmaster();
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const late = new AbortController();
    const kill = pause(STOP_PATIENCE_MS, undefined, { signal: late.signal }).then(
      () => {
        child.kill('SIGKILL');
        if (postmaster !== undefined) process.kill(postmaster, 'SIGQUIT');
      },
      () => undefined,
    );
    await ended;
    late.abort();
    await kill;
  }

  /** Stops what runs, and removes the data. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  private environment(): NodeJS.ProcessEnv {
    const { PATH, HOME, TMPDIR } = process.env;
    const { databases } = this.options;
    return {
      PATH,
      HOME,
      TMPDIR,
      NODE_ENV: 'development',
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'warn',
      RATE_LIMIT: 'off',
      DATA_DIR: this.dataDir,
      AUTH_JWT_SECRET: JWT_SECRET,
      CART_TOKEN_SECRETS: 'a secret of the benches for the tokens of carts',
      ...(databases && { COMMAND_DATABASE_URL: databases.command, QUERY_DATABASE_URL: databases.query }),
    };
  }
}
