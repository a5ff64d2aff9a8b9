import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import { ReplayError } from './errors.js';

/** A service to replay into. */
export interface Service {
  readonly origin: string;
  /** A JWT that may change its catalogue, where one is known. */
  readonly adminToken?: string | undefined;
  /** Ends what was started for the replay; without effect on a service that was there before. */
  stop(): Promise<void>;
}

/** What to start (by default the build), how to see that it is ready, and when to stop waiting for it. */
export interface StartOptions {
  readonly main?: string;
  readonly isReady: (origin: string) => Promise<boolean>;
  readonly signal: AbortSignal;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BANNER = /http:\/\/127\.0\.0\.1:\d+/;
const START_MS = 60_000;
const STOP_MS = 30_000;
const POLL_MS = 50;
const KEPT_OUTPUT = 8_192;

/**
 * Starts the built service on a free port, with an embedded database in a fresh folder that is removed when it stops.
 *
 * @throws ReplayError where there is no build, the service does not become ready within a minute, or `signal` aborts
 */
export async function startService(options: StartOptions): Promise<Service> {
  const { main = join(ROOT, 'dist', 'main.js') } = options;
  if (!existsSync(main)) {
    throw new ReplayError(
      'dist/main.js is missing: run `npm run build`, or name a running service with --url',
      2,
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'cartwright-replay-'));
  // Started by root, the embedded PostgreSQL runs as another user, who has to pass through this folder.
  await chmod(folder, 0o755);
  const jwtSecret = randomBytes(32).toString('base64url');
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    cwd: ROOT,
    env: environment(join(folder, 'data'), jwtSecret),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A Ctrl-C in the terminal is for the replay, which then stops its service in good order.
    detached: true,
  });
  const output = new RecentOutput(child);
  const tidy = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const origin = await readyOrigin(child, output, options);
    const adminToken = await adminTokenBy(jwtSecret);
    return { origin, adminToken, stop: () => end(child, output).finally(tidy) };
  } catch (error) {
    if (!hasEnded(child)) {
      await end(child, output);
    }
    await tidy();
    throw error;
  }
}

/** The caller's environment, without what would lead the service to data that are not the replay's own, or lock the replay out. */
function environment(dataDir: string, jwtSecret: string): NodeJS.ProcessEnv {
  const address = { HOST: '127.0.0.1', PORT: '0', DEMO_CATALOG: 'off' };
  const databases = { DATA_DIR: dataDir, COMMAND_DATABASE_URL: undefined, QUERY_DATABASE_URL: undefined };
  const access = {
    AUTH_JWT_SECRET: jwtSecret,
    AUTH_JWKS_URL: undefined,
    AUTH_ISSUER: undefined,
    AUTH_AUDIENCE: undefined,
  };
  const own = { NODE_ENV: 'development', RATE_LIMIT: 'off', ...address, ...databases, ...access };
  return { ...process.env, ...own };
}

function adminTokenBy(jwtSecret: string): Promise<string> {
  const token = new SignJWT({ roles: ['admin'] }).setProtectedHeader({ alg: 'HS256' }).setSubject('replay');
  return token.sign(Buffer.from(jwtSecret));
}

async function readyOrigin(
  child: ChildProcess,
  output: RecentOutput,
  { isReady, signal }: StartOptions,
): Promise<string> {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    if (signal.aborted) {
      throw new ReplayError('interrupted', 130);
    }
    if (hasEnded(child)) {
      throw new ReplayError(`the service ended before it was ready:\n${output.text}`, 1);
    }
    if (output.origin !== undefined && (await isReady(output.origin))) {
      return output.origin;
    }
    await pause(POLL_MS);
  }
  throw new ReplayError(`the service was not ready within ${START_MS / 1000} s:\n${output.text}`, 1);
}

async function end(child: ChildProcess, output: RecentOutput): Promise<void> {
  if (hasEnded(child)) {
    const how = child.signalCode ?? `exit code ${String(child.exitCode)}`;
    throw new ReplayError(`the service ended by itself (${how}):\n${output.text}`, 1);
  }
  const exited = once(child, 'exit').then(() => true);
  child.kill('SIGTERM');
  const inTime = await Promise.race([exited, pause(STOP_MS, false, { ref: false })]);
  if (!inTime) {
    child.kill('SIGKILL');
    await exited;
    throw new ReplayError(`the service did not stop within ${STOP_MS / 1000} s:\n${output.text}`, 1);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Drains a child's output, keeps its end for error messages, and looks for the address in the start banner. */
class RecentOutput {
  text = '';
  origin: string | undefined;

  constructor(child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.take(chunk);
      this.origin ??= BANNER.exec(this.text)?.[0];
    });
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.take(chunk);
    });
  }

  private take(chunk: string): void {
    this.text = (this.text + chunk).slice(-KEPT_OUTPUT);
  }
}
