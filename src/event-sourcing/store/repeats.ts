import { DomainError } from '../kernel/domain-error.js';
import type { AppendRepeated, RememberedCommand } from '../log/append/append.js';

/** The outcome of a command, as a repeat of it is told. */

/** One run of a command that may come again. */
export class Turn {
  /** What the log holds of the command, once this process knows. */
  outcome: AppendRepeated | undefined;

  /** Notes what was stored, as it reads when it comes back. */
  stored({ fingerprint, outcome }: RememberedCommand): void {
    const read: unknown = JSON.parse(JSON.stringify(outcome));
    this.outcome = { status: 'repeated', fingerprint, outcome: read };
  }
}

/** How a run ended: with an outcome for the others, too; without one, so that the next is to try; or by a fault. */
type Ending = AppendRepeated | 'open' | 'failed';

/**
 * Commands of one id that come to one process at the same moment. The first runs, the others wait and then find its outcome. All at once, each would
 * be decided on what those before it are about to store, and all would have to be decided anew after each of them. That they take effect
 * once is for the log to ensure, as they may come to several processes.
 */
export class Repeats {
  private readonly running = new Map<string, Promise<Ending>>();

  /**
   * @param run notes in its turn what was remembered; where another run of this moment has done so, it finds that there
   * @returns what `run` resolves to
   */
  async inTurn<T>(id: string, run: (turn: Turn) => Promise<T>): Promise<T> {
    const turn = new Turn();
    for (let before = this.running.get(id); before; before = this.running.get(id)) {
      const ending = await before;
      if (ending === 'open') continue;
      // After a fault all go on at once: to wait for a log that is out of reach one after the other would take for ever.
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
