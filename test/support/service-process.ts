import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ACCESS_ENV } from './credentials.js';
import { bundledService } from './service-program.js';

const BANNER = /^Cartwright listens on (http:\/\/\S+)$/;
/** pino's number for the level `error`; graver ones are higher. */
const ERROR = 50;

/** A line that the service logged. */
export interface LogLine {
  readonly level: number;
  readonly msg?: string;
}

/** The built service as a process of its own, on a free port. */
export class ServiceProcess {
  /** What it logged so far. */
  readonly log: LogLine[] = [];
  private readonly stderr: string[] = [];
  private readonly exited: Promise<unknown>;

  private constructor(
    private readonly child: ChildProcess,
    /** Its address: scheme, host and port. */
    readonly origin: string,
  ) {
    this.exited = once(child, 'exit');
  }

  /**
   * @param env on top of what every process needs
   * @returns the process once it listens
   * @throws Error with all it has said when it ends before
   */
  static async start(env: NodeJS.ProcessEnv): Promise<ServiceProcess> {
    const { PATH, HOME, TMPDIR } = process.env;
    const child = spawn(process.execPath, [bundledService()], {
      env: { PATH, HOME, TMPDIR, PORT: '0', RATE_LIMIT: 'off', DEMO_CATALOG: 'off', ...ACCESS_ENV, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stdout = createInterface({ input: child.stdout });
    const stderr = createInterface({ input: child.stderr });
    const said: string[] = [];
    for (const output of [stdout, stderr]) output.on('line', (line) => said.push(line));
    const origin = await new Promise<string>((listens, fails) => {
      stdout.on('line', (line) => {
        const [, address] = BANNER.exec(line) ?? [];
        if (address !== undefined) listens(address);
      });
      child.once('close', () => {
        fails(new Error(`The service ended before it listened:\n${said.join('\n')}`));
      });
    });
    const service = new ServiceProcess(child, origin);
    for (const line of said) service.take(line);
    stdout.on('line', (line) => {
      service.take(line);
    });
    stderr.on('line', (line) => service.stderr.push(line));
    return service;
  }

  /** Lines at level error or above, and whatever went to standard error: none, unless something is broken. */
  get complaints(): (LogLine | string)[] {
    return [...this.log.filter(({ level }) => level >= ERROR), ...this.stderr];
  }

  /**
   * Asks it to end.
   * @throws Error when it does not end by itself with exit code 0
   */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.exited;
    const { exitCode, signalCode } = this.child;
    if (exitCode !== 0)
      throw new Error(`The service ended with ${String(exitCode ?? signalCode)}, not with 0.`);
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Stops it in the middle of whatever it does, until `goOn`. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  goOn(): void {
    this.child.kill('SIGCONT');
  }

  private take(line: string): void {
    if (line.startsWith('{')) this.log.push(JSON.parse(line) as LogLine);
  }
}
