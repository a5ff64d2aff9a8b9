import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program } from './program.js';
import { JWT_SECRET } from './shop.js';

/** Where the service comes from, and what it is started with. */
export interface BuiltServiceOptions {
  /** Folder of a checkout that is built. */
  readonly checkout: string;
  /** Databases of the bench; without them the service runs its embedded PostgreSQL. */
  readonly databases?: { readonly command: string; readonly query: string };
  /** Arguments of Node itself. */
  readonly nodeArguments?: readonly string[];
}

/** The built service of a checkout: one process after the other on the same data folder. */
export class BuiltService {
  private program: Program | undefined;

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
    return this.program?.origin ?? '';
  }

  /** Process id of the running service. */
  get pid(): number {
    return this.program?.pid ?? Number.NaN;
  }

  /** Process id of the embedded PostgreSQL; undefined where it does not run one. */
  async postmaster(): Promise<number | undefined> {
    const lines = await readFile(join(this.dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
    return Number(lines.split('\n', 1)[0]) || undefined;
  }

  /** Starts it on the data that it has, after it was stopped. */
  async run(): Promise<void> {
    const { checkout, nodeArguments = [] } = this.options;
    const script = join(checkout, 'dist', 'main.js');
    this.program = await Program.start(
      [...nodeArguments, '--enable-source-maps', script],
      this.environment(),
    );
  }

  /** Stops the service, and its embedded PostgreSQL. The data stay. */
  async stop(): Promise<void> {
    const postmaster = await this.postmaster();
    const ended = await this.program?.stop();
    if (ended === false && postmaster !== undefined) process.kill(postmaster, 'SIGQUIT');
  }

  /** Stops what runs, and removes the data. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  private environment(): NodeJS.ProcessEnv {
    const { databases } = this.options;
    return {
      NODE_ENV: 'development',
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'warn',
      DEMO_CATALOG: 'off',
      RATE_LIMIT: 'off',
      DATA_DIR: this.dataDir,
      AUTH_JWT_SECRET: JWT_SECRET,
      CART_TOKEN_SECRETS: 'a secret of the benches for the tokens of carts',
      ...(databases && { COMMAND_DATABASE_URL: databases.command, QUERY_DATABASE_URL: databases.query }),
    };
  }
}
