import { chmodSync, existsSync, mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cleanup } from '../support/cleanup.js';
import { vacuumEmbedded } from '../support/postgres.js';
import { Program } from './program.js';
import { JWT_SECRET } from './shop.js';

const POLL_MS = 20;
const POSTGRES_PATIENCE_MS = 5_000;
/** What `npm start` of this checkout gives to Node. Other checkouts are started with it, too. */
export const NODE_ARGUMENTS = ['--max-old-space-size=768', '--enable-source-maps'];

/** Where the service comes from, and what it is started with. */
export interface BuiltServiceOptions {
  /** Folder of a checkout that is built. */
  readonly checkout: string;
  /** Databases of the bench; without them the service runs its embedded PostgreSQL. */
  readonly databases?: { readonly command: string; readonly query: string };
  /** More arguments of Node itself. */
  readonly nodeArguments?: readonly string[];
}

/** @throws Error when the checkout is not built; it says what to do */
export function assertBuilt(checkout: string): void {
  const program = programOf(checkout);
  if (existsSync(program)) return;
  throw new Error(`There is no ${program}. Run "npm ci" and "npx nest build" in ${checkout} first.`);
}

const programOf = (checkout: string): string => join(checkout, 'dist', 'main.js');

/** The built service of a checkout: one process after the other on the same data folder. */
export class BuiltService {
  /** Stops what runs, and removes the data. The end of the bench does it, too. */
  readonly remove: () => Promise<unknown>;
  private readonly dataDir: string;
  private program: Program | undefined;
  private isRemoved = false;

  private constructor(
    cleanup: Cleanup,
    private readonly options: BuiltServiceOptions,
  ) {
    this.remove = cleanup.add(() => this.discard());
    this.dataDir = mkdtempSync(join(tmpdir(), 'cartwright-bench-'));
    // Where root starts the service, PostgreSQL's own user has to pass.
    chmodSync(this.dataDir, 0o711);
  }

  /**
   * Makes a data folder in the temporary one, and starts the service there.
   * @throws Error when the checkout is not built, or with the service's last lines when it does not start
   */
  static async start(cleanup: Cleanup, options: BuiltServiceOptions): Promise<BuiltService> {
    assertBuilt(options.checkout);
    const service = new BuiltService(cleanup, options);
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

  /** Vacuums the databases of its embedded PostgreSQL. */
  async vacuum(): Promise<void> {
    await vacuumEmbedded(this.dataDir);
  }

  /** Starts it on the data that it has, after it was stopped. */
  async run(): Promise<void> {
    if (this.isRemoved) throw new Error('The service was removed and does not start again.');
    const { checkout, nodeArguments = [] } = this.options;
    const program = Program.spawn(
      [...NODE_ARGUMENTS, ...nodeArguments, programOf(checkout)],
      this.environment(),
    );
    this.program = program;
    await program.listening;
  }

  /** Stops the service, and its embedded PostgreSQL. The data stay. */
  async stop(): Promise<void> {
    await this.program?.stop();
    // A service that was killed, or ended in the middle of its start, leaves its PostgreSQL behind.
    const deadline = performance.now() + POSTGRES_PATIENCE_MS;
    for (let left = await this.postmaster(); left !== undefined; left = await this.postmaster()) {
      if (performance.now() > deadline || !quit(left)) return;
      await pause(POLL_MS);
    }
  }

  private async discard(): Promise<void> {
    this.isRemoved = true;
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  private environment(): NodeJS.ProcessEnv {
    const { databases } = this.options;
    return {
      NODE_ENV: 'production',
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

/** @returns false when there is no such process any more */
function quit(postmaster: number): boolean {
  try {
    return process.kill(postmaster, 'SIGQUIT');
  } catch {
    return false;
  }
}
