import { DomainError } from '../kernel/domain-error.js';
import type { AppendRepeated, RememberedCommand } from '../log/append/append.js';

/** One run of a command that may come again. */
export class Turn {
  /** The outcome in the log, once this process knows it. */
  outcome: AppendRepeated | undefined;

  /** Notes what was stored, as it will be read back. */
  stored({ fingerprint, outcome }: RememberedCommand): void {
    const read: unknown = JSON.parse(JSON.stringify(outcome));
    this.outcome = { status: 'repeated', fingerprint, outcome: read };
  }
}

/** How a run ended: with an outcome for all; `open` without one, so that the next one tries; or `failed` by a fault. */
type Ending = AppendRepeated | 'open' | 'failed';

/**
 * Commands with one id that come to a process at the same moment. The first one runs; the others wait and then find
 * its outcome. Run concurrently, each would build on uncommitted results and have to be redone. The log ensures that
 * they take effect once, because they may come to several processes.
 */
export class Repeats {
  private readonly running = new Map<string, Promise<Ending>>();

  /**
   * @param run notes in its turn what was remembered; if an earlier run did so, it finds the outcome there
   * @returns what `run` resolves to
   */
  async inTurn<T>(id: string, run: (turn: Turn) => Promise<T>): Promise<T> {
    const turn = new Turn();
    for (let before = this.running.get(id); before; before = this.running.get(id)) {
      const ending = await before;
      if (ending === 'open') continue;
      // After a fault all run at once: waiting one after the other for an unreachable log would take too long.
      if (ending !== 'failed') turn.outcome = ending;
      return run(turn);
    }
    const result = run(turn);
    const end = (ending: 'open' | 'failed'): Ending => {
      this.running.delete(id);
      return turn.outcome ?? ending;
    };
    this.running.set(
      id,
      result.then(
        () => end('open'),
        (error: unknown) => end(error instanceof DomainError ? 'open' : 'failed'),
      ),
    );
    return result;
  }
}
