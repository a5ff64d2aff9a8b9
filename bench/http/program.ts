import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cleanup } from '../support/cleanup.js';

/** The line in which a program says where it listens. */
const BANNER = /^\w+ listens on (http:\/\/\S+)$/;
/** Longer than the service takes to stop by itself. */
const STOP_PATIENCE_MS = 20_000;
/** The last lines of a program, kept to explain a failure. */
const MOST_LINES = 20;

/** A server that runs as a process of its own. */
export class Program {
  /** Scheme, host and port; empty until the program listens. */
  origin = '';
  /** Resolves when the program listens. Fails with the program's last lines when it ends before. */
  readonly listening: Promise<void>;
  private readonly lastLines: string[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly name: string,
  ) {
    this.listening = this.untilItListens();
    // Whoever awaits it gets the failure; a program that is stopped early need not be awaited.
    this.listening.catch(() => undefined);
  }

  /**
   * Starts Node. The program may not listen yet: await `listening`.
   * @param nodeArguments of Node, ending with the script
   * @param env what the program needs; of this process's environment it gets no more than the paths
   */
  static spawn(nodeArguments: readonly string[], env: NodeJS.ProcessEnv): Program {
    const { PATH, HOME, TMPDIR } = process.env;
    const child = spawn(process.execPath, nodeArguments, {
      env: { PATH, HOME, TMPDIR, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Program(child, nodeArguments.at(-1) ?? '');
  }

  /** Starts Node and waits until the program listens. The program is stopped at the end of the bench. */
  static async start(
    cleanup: Cleanup,
    nodeArguments: readonly string[],
    env: NodeJS.ProcessEnv,
  ): Promise<Program> {
    let program: Program | undefined = undefined;
    cleanup.add(async () => program?.stop());
    program = Program.spawn(nodeArguments, env);
    await program.listening;
    return program;
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
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return true;
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

  private untilItListens(): Promise<void> {
    const { child } = this;
    return new Promise((listens, fails) => {
      for (const input of [child.stdout, child.stderr]) {
        if (input === null) continue;
        createInterface({ input }).on('line', (line) => {
          this.origin ||= BANNER.exec(line)?.[1] ?? '';
          if (this.origin !== '') listens();
          this.keep(line);
        });
      }
      child.once('error', fails);
      child.once('close', (code, signal) => {
        const how = signal ?? `exit code ${String(code)}`;
        fails(
          new Error(
            `${this.name} ended with ${how} before it listened. It said:\n${this.lastLines.join('\n')}`,
          ),
        );
      });
    });
  }

  private keep(line: string): void {
    if (line.trim() === '') return;
    this.lastLines.push(line);
    if (this.lastLines.length > MOST_LINES) this.lastLines.shift();
  }
}
