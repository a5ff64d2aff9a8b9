import type { SettledLog } from '../log/settled/settled-log.js';
import { isRefusedData, type Attempts } from './attempts.js';
import { NO_WORK, type Work } from './checkpoint-move.js';
import type { CheckpointStore } from './checkpoints.js';
import { withLimitOf } from './delivery.js';
import { CheckpointMovedError, type HeldCheckpoint } from './held-checkpoint.js';
import { queuedEntry, type ParkedEntry, type ParkedId, type ParkedPlace } from './parked-events.js';

const KEYS_A_ROUND = 20;
const EVENTS_A_KEY = 100;

/** Retries the parked events of one handler, key by key, in order. */
export class ParkedRetries {
  constructor(
    private readonly settled: SettledLog,
    private readonly checkpoints: CheckpointStore,
    private readonly attempts: Attempts,
  ) {}

  /**
   * Retries what is due.
   * @param onFree called with each key that is no longer held up
   * @throws CheckpointMovedError when the checkpoint is no longer where `held` says
   */
  async retry(held: HeldCheckpoint, onFree: (key: string) => void): Promise<HeldCheckpoint> {
    let current = held;
    for (const { key, epoch } of await this.checkpoints.parked.dueKeys(held.name, KEYS_A_ROUND)) {
      // Under an old epoch the result could not be written, and the handler would be called again.
      if (epoch !== current.epoch) throw new CheckpointMovedError(held.name);
      current = await this.retryKey(current, key, EVENTS_A_KEY, onFree);
    }
    return current;
  }

  /** Retries the first events of a key in order, at most `most` of them. */
  private async retryKey(
    held: HeldCheckpoint,
    key: string,
    most: number,
    onFree: (key: string) => void,
  ): Promise<HeldCheckpoint> {
    // One more than that shows what comes next.
    const places = await this.checkpoints.parked.first(held.name, key, most + 1);
    const round = places.slice(0, most);
    try {
      const { moved, isFree } = await this.retryTogether(held, key, round, places[most]);
      if (isFree) onFree(key);
      return moved;
    } catch (error) {
      this.attempts.delivery.forget();
      if (!isRefusedData(error)) throw error;
      // Alone, the first event shows whether it is at fault, or one behind it.
      return round.length > 1
        ? this.retryKey(held, key, 1, onFree)
        : this.failAgain(held, key, round[0], error);
    }
  }

  /**
   * @param next the event behind the round
   * @returns `isFree` if no event of the key is parked any more
   */
  private async retryTogether(
    held: HeldCheckpoint,
    key: string,
    round: readonly ParkedPlace[],
    next: ParkedPlace | undefined,
  ): Promise<{ readonly moved: HeldCheckpoint; readonly isFree: boolean }> {
    const events = await this.settled.at(round.map(({ position }) => position));
    const batch = await this.attempts.delivery.begin(events);
    const release: ParkedId[] = [];
    const park: ParkedEntry[] = [];
    for (const [index, recorded] of events.entries()) {
      const attempts = (round[index]?.attempts ?? 0) + 1;
      const failure = await this.attempts.deliver(batch, recorded, key, attempts);
      if (failure) {
        park.push(failure);
        break;
      }
      release.push({ key, position: recorded.position });
    }
    const [refused] = (await batch.send?.()) ?? [];
    if (refused?.error) {
      const index = events.indexOf(refused.recorded);
      release.length = index;
      park.push(
        this.attempts.failed(refused.recorded, key, (round[index]?.attempts ?? 0) + 1, refused.error),
      );
    }
    if (park.length === 0 && next) {
      const [recorded] = await this.settled.at([next.position]);
      if (recorded) park.push({ ...queuedEntry(recorded, key), retryInMs: 0 });
    }
    // The position stays, so it would not show that a crash of PostgreSQL has undone this write: remember nothing of it.
    const work: Work = { ...(batch.work() ?? NO_WORK), onResult: undefined };
    const moved = await this.checkpoints.move(withLimitOf(batch, held), held, { park, release }, work);
    batch.written();
    return { moved, isFree: park.length === 0 };
  }

  private async failAgain(
    held: HeldCheckpoint,
    key: string,
    first: ParkedPlace | undefined,
    error: unknown,
  ): Promise<HeldCheckpoint> {
    const [recorded] = first ? await this.settled.at([first.position]) : [];
    if (!first || !recorded) throw error;
    const entry = this.attempts.failed(recorded, key, first.attempts + 1, error);
    return this.checkpoints.move(held, held, { park: [entry], release: [] });
  }
}
