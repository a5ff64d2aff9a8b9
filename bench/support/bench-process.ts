import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Question {
  readonly number: number;
  readonly question: unknown;
}

interface Reply {
  readonly number: number;
  readonly reply?: unknown;
  /** What went wrong instead. */
  readonly error?: string;
}

/** A process of the bench's own that answers questions. */
export class BenchProcess {
  private readonly open = new Map<number, { resolve(reply: unknown): void; reject(error: Error): void }>();
  private asked = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message) => {
      const { number, reply, error } = message as Reply;
      const asker = this.open.get(number);
      this.open.delete(number);
      if (error === undefined) asker?.resolve(reply);
      else asker?.reject(new Error(error));
    });
    child.once('exit', (code, signal) => {
      const error = new Error(`A process of the bench has ended: ${signal ?? `exit code ${String(code)}`}.`);
      for (const asker of this.open.values()) asker.reject(error);
    });
  }

  /**
   * @param env on top of the environment of the bench
   * @param signal ends the process when it aborts
   */
  static start(script: URL, env: NodeJS.ProcessEnv, signal: AbortSignal): BenchProcess {
    const child = fork(fileURLToPath(script), [], {
      env: { ...process.env, ...env },
      // Its errors are shown; what it says beside them is not.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    signal.addEventListener('abort', () => child.kill(), { once: true });
    return new BenchProcess(child);
  }

  async ask<Answer>(question: unknown): Promise<Answer> {
    this.asked += 1;
    const number = this.asked;
    return new Promise<Answer>((resolve, reject) => {
      this.open.set(number, { resolve, reject });
      this.child.send({ number, question } satisfies Question, (error) => {
        if (error) reject(error);
      });
    });
  }

  /** Ends the process as a power cut would. What it was asked and has not answered fails. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Resolves when the process has ended. */
  async ended(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }

  /** Lets the process end by itself, and waits until it has. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }
}

/** In the process itself: has `answer` called with every question, and `end` when no more will come. */
export function answerQuestions(
  answer: (question: never) => Promise<unknown>,
  end: () => Promise<void>,
): void {
  const send = (reply: Reply): void => {
    process.send?.(reply);
  };
  process.on('message', ({ number, question }: { number: number; question: never }) => {
    answer(question).then(
      (reply) => {
        send({ number, reply });
      },
      (error: unknown) => {
        send({ number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      },
    );
  });
  process.once('disconnect', () => {
    end().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}
