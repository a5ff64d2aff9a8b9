import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LaunchedService, type Program } from '../lifecycle/launched-service.js';
import type { Violation } from './violation.js';

const PAUSE_AFTER_FAILED_START_MS = 200;

/** One place in the crew: a process of the service, and whoever takes its place when it has ended. */
export class Post {
  /** The process, ready or not. */
  process: LaunchedService | undefined;
  /** How many processes stood here so far. */
  starts = 0;
  private ready: LaunchedService | undefined;
  private readonly awaiting: ((service: LaunchedService | undefined) => void)[] = [];
  private readonly doomed = new WeakSet<LaunchedService>();
  private resumed: Promise<unknown> = Promise.resolve();
  private isOver = false;
  private readonly supervision: Promise<void>;

  constructor(
    readonly number: number,
    private readonly launch: () => LaunchedService,
    private readonly folder: string,
    /** When the database was disturbed last; a start that meets that may fail. */
    private readonly disturbedAt: () => number,
    private readonly report: (violation: Violation) => void,
  ) {
    this.supervision = this.supervise();
  }

  /** The process that serves, once there is one; `undefined` when the run is over. */
  async serving(): Promise<LaunchedService | undefined> {
    if (this.ready || this.isOver) return this.ready;
    return new Promise((resolve) => this.awaiting.push(resolve));
  }

  /** Ends the process, whatever it does at present. */
  strike(signal: 'SIGKILL' | 'SIGTERM'): void {
    const { process } = this;
    if (!process) return;
    this.doomed.add(process);
    if (this.ready === process) this.ready = undefined;
    signalTo(process, signal);
  }

  /** Stops the process for a while. Resolves when it is stopped; a pause that is on already is waited for. */
  async pause(ms: number): Promise<void> {
    await this.resumed;
    const { process } = this;
    if (!process) return;
    signalTo(process, 'SIGSTOP');
    this.resumed = sleep(ms).then(() => {
      signalTo(process, 'SIGCONT');
    });
  }

  /** Resolves when whatever was paused goes on. */
  async awake(): Promise<void> {
    await this.resumed;
  }

  /** Has the process end in good order, and none take its place. */
  async end(): Promise<void> {
    await this.awake();
    await this.serving();
    this.isOver = true;
    this.strike('SIGTERM');
    await this.supervision;
  }

  private async supervise(): Promise<void> {
    while (!this.isOver) {
      const begunAt = performance.now();
      const process = this.launch();
      this.process = process;
      this.starts += 1;
      const wasReady = await becomesReady(process);
      if (wasReady && !this.doomed.has(process)) this.serve(process);
      const ending = await process.ended;
      this.ready = undefined;
      await appendFile(this.logFile, `--- process ${process.pid}\n${ending.stdout}${ending.stderr}`);
      const { code, signal, stderr } = ending;
      const evidence = { service: this.number, pid: process.pid, code, signal, stderr, log: this.logFile };
      const wasKilled = signal === 'SIGKILL' && this.doomed.has(process);
      if (wasReady && !wasKilled && !(this.doomed.has(process) && code === 0 && stderr === '')) {
        this.report({ rule: 'a service that runs goes on, or ends in good order when told to', evidence });
      } else if (!wasReady && !this.doomed.has(process)) {
        if (this.disturbedAt() < begunAt)
          this.report({ rule: 'a service starts whenever its databases are there', evidence });
        await sleep(PAUSE_AFTER_FAILED_START_MS);
      }
    }
    for (const resolve of this.awaiting.splice(0)) resolve(undefined);
  }

  private serve(process: LaunchedService): void {
    this.ready = process;
    for (const resolve of this.awaiting.splice(0)) resolve(process);
  }

  private get logFile(): string {
    return join(this.folder, `service-${this.number}.log`);
  }
}

/** @returns how to launch a service of the crew */
export function launcher(file: string, env: NodeJS.ProcessEnv): () => LaunchedService {
  const program: Program = { file: process.execPath, parameters: [file], folder: '/' };
  return () => LaunchedService.start(env, program);
}

/** However long it takes: whether it becomes ready before it ends. What it says then is in its log. */
async function becomesReady(process: LaunchedService): Promise<boolean> {
  const ended = process.ended.then((): 'ended' => 'ended');
  for (;;) {
    const fate = await Promise.race([
      ended,
      process.ready().then(
        (): 'ready' => 'ready',
        (): 'late' => 'late', // or it ends in this moment
      ),
    ]);
    if (fate !== 'late') return fate === 'ready';
    await sleep(PAUSE_AFTER_FAILED_START_MS);
  }
}

function signalTo(process: LaunchedService, signal: NodeJS.Signals): void {
  try {
    process.signal(signal);
  } catch (error) {
    // It has ended in this moment, or long since.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
