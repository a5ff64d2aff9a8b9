import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

/** The line in which a program says where it listens. */
const BANNER = /^\w+ listens on (http:\/\/\S+)$/;
/** Longer than the service takes to stop by itself. */
const STOP_PATIENCE_MS = 20_000;
/** Lines that a program has said which are kept to explain a failure. */
const MOST_LINES = 100;

/** A server that runs as a process of its own. */
export class Program {
  private constructor(
    private readonly child: ChildProcess,
    /** Scheme, host and port. */
    readonly origin: string,
  ) {}

  /**
   * Starts Node and waits until the program listens.
   * @param nodeArguments of Node, the script included
   * @param env on top of what every program needs; nothing else of this process's environment is handed on
   * @throws Error with what the program has said when it ends before it listens
   */
  static async start(nodeArguments: readonly string[], env: NodeJS.ProcessEnv): Promise<Program> {
    const { PATH, HOME, TMPDIR } = process.env;
    const child = spawn(process.execPath, nodeArguments, {
      env: { PATH, HOME, TMPDIR, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    const outputs = [child.stdout, child.stderr].map((input) => createInterface({ input }));
    const origin = await new Promise<string>((listens, fails) => {
      for (const output of outputs) {
        output.on('line', (line) => {
          const address = BANNER.exec(line)?.[1];
          if (address !== undefined) listens(address);
          else if (said.length < MOST_LINES) said.push(line);
        });
      }
      child.once('error', fails);
      child.once('close', () => {
        fails(new Error(`${nodeArguments.join(' ')} ended before it listened:\n${said.join('\n')}`));
      });
    });
    return new Program(child, origin);
  }

  get pid(): number {
    return this.child.pid ?? Number.NaN;
  }

  /**
   * Asks the program to stop, and waits until it has ended.
   * @returns false when it did not end in time and was killed
   */
  async stop(): Promise<boolean> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return true;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const stopped = new AbortController();
    const late = pause(STOP_PATIENCE_MS, true, { signal: stopped.signal }).catch(() => false);
    const isLate = await Promise.race([ended.then(() => false), late]);
    stopped.abort();
    if (isLate) child.kill('SIGKILL');
    await ended;
    return !isLate;
  }
}
