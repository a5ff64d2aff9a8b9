import type { Logger } from '@nestjs/common';
import { UnknownEventError } from '../kernel/event-registry.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { LogMismatchError } from '../log/log-identity.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { errorDetails } from '../runtime/error-details.js';
import { Signal } from '../runtime/signal.js';
import { findMismatches } from './checkpoint-match.js';
import type { CheckpointStore } from './checkpoints.js';
import type { Dispatcher, Progress } from './dispatcher.js';
import {
  CheckpointMovedError,
  FencedOffError,
  type HeldCheckpoint,
  type LogPlace,
} from './held-checkpoint.js';
import { OwnEvents } from './own-events.js';
import { PAGE, PageReader, PROJECTION_PAGE } from './page-reader.js';
import { WHOLE, partitionName, type Partition } from './partition.js';
import { RetryLoop } from './retry-loop.js';
import type { SubscriptionOptions, SubscriptionState } from './subscription-options.js';
import { endOfTaken } from './taken.js';

const IDLE_MS = 1_000;
/** How often parked events are looked up while there are any. */
const PARKED_ROUND_MS = 200;
/**
 * Minimum distance between deliveries under load, so that each is worth its round trip. After a quiet moment nothing
 * waits. The partitions of a handler together deliver no more often than a handler that is not split.
 */
const LINGER_MS = 5;
/** How often the checkpoint moves while there is nothing to write, so that others see how far the handler is. */
const CHECKPOINT_EVERY_MS = 1_000;

/** How far a subscription has read. `last` is beyond the checkpoint while there is nothing to write. */
interface Reading extends Progress {
  /** Whether the read reached the end of the log. */
  readonly reachedEnd: boolean;
}

/**
 * Brings the settled events of some types to one handler, or to one of its partitions, in order, from its checkpoint
 * on, while this process holds the checkpoint.
 */
export class Subscription {
  /**
   * Whether its view has old rows, so that no process can begin it.
   * @internal
   */
  hasOldRows = false;
  /** How far it has delivered events. The checkpoint may be about a second behind while there is nothing to write. */
  position = 0;
  /** Name of the checkpoint. */
  readonly name: string;
  private readonly own: OwnEvents;
  private readonly pages: PageReader;
  private readonly wake = new Signal();
  private lastMoveAt = 0;
  private progress: 'waiting' | 'running' | 'stopped' = 'waiting';
  /** While this process holds the checkpoint. */
  private loop: RetryLoop | undefined;

  /**
   * @param onProgress called whenever the subscription has read on
   * @param partition of the handler, whose events it gets
   * @internal
   */
  constructor(
    /** What the handler is called, and which events it gets. */
    readonly options: SubscriptionOptions,
    private readonly settled: SettledLog,
    private readonly checkpoints: CheckpointStore,
    private readonly dispatcher: Dispatcher,
    private readonly logger: Pick<Logger, 'error'>,
    private readonly onProgress: () => void = () => undefined,
    private readonly partition: Partition = WHOLE,
  ) {
    this.name = partitionName(options.name, partition);
    this.own = new OwnEvents(options.events, partition, (recorded) => dispatcher.keyOf(recorded));
    const size = options.kind === 'projection' ? PROJECTION_PAGE : PAGE;
    this.pages = new PageReader(settled, this.own.types, size);
  }

  /** How the subscription stands in this process. */
  get state(): SubscriptionState {
    const { failure } = this.settled;
    if (failure) return failure instanceof UnknownEventError ? 'outdated' : 'stopped';
    if (this.hasOldRows) return 'stopped';
    return this.loop?.isFailing ? 'retrying' : this.progress;
  }

  /** For how long its database has refused every write, in milliseconds. */
  get failingForMs(): number {
    return this.loop?.failingForMs ?? 0;
  }

  /**
   * Delivers events until `letGo` is called.
   * @throws FencedOffError when another process has taken over
   * @throws LogMismatchError when the checkpoint does not match this log
   * @throws UnknownEventError when the log holds events that this process does not know
   * @internal
   */
  async hold(held: HeldCheckpoint): Promise<void> {
    const loop = new RetryLoop(isFinal, (error) => {
      this.logger.error(`Handler "${this.name}" failed and will be retried.`, errorDetails(error));
    });
    this.loop = loop;
    const unsubscribe = this.settled.onAdvance(() => {
      this.wake.set();
    });
    try {
      await this.run(held, loop);
      this.progress = 'waiting';
    } catch (error) {
      this.progress = error instanceof LogMismatchError ? 'stopped' : 'waiting';
      // The code of this process is too old for all its handlers, not only for this one.
      if (error instanceof UnknownEventError) this.settled.giveUp(error);
      throw error;
    } finally {
      this.pages.forget();
      this.loop = undefined;
      unsubscribe();
    }
  }

  /**
   * Ends `hold` after the work under way.
   * @internal
   */
  letGo(): void {
    this.loop?.stop();
    this.wake.set();
  }

  /**
   * Looks for new events and for parked events that are due at once, without waiting for the next round.
   * @internal
   */
  lookAgain(): void {
    this.wake.set();
  }

  private async run(held: HeldCheckpoint, loop: RetryLoop): Promise<void> {
    let reading = await loop.run(() => this.begin(held));
    while (reading && !loop.isStopped) {
      this.progress = 'running';
      const before: Reading = reading;
      const begunAt = performance.now();
      const after = await loop.run(async (again) => this.step(again ? await this.find(before.held) : before));
      if (!after) break;
      reading = after;
      this.position = reading.last.position;
      this.onProgress();
      if (reading.reachedEnd) await loop.rest(begunAt + LINGER_MS * this.partition.count);
    }
    if (reading && reading.last.position > reading.held.position) await this.leaveAt(reading);
  }

  /**
   * Moves the checkpoint to the last event that was read, so that the next holder need not read the same events
   * again.
   */
  private async leaveAt({ held, last }: Reading): Promise<void> {
    try {
      await this.checkpoints.move(held, last);
    } catch (error) {
      if (error instanceof CheckpointMovedError) return;
      this.logger.error(`The last checkpoint of "${this.name}" was not written.`, errorDetails(error));
    }
  }

  private async begin(held: HeldCheckpoint): Promise<Reading> {
    const [mismatch] = await findMismatches(this.settled, [held]);
    if (mismatch) throw new LogMismatchError(mismatch.reason);
    await this.dispatcher.reload(held.name);
    this.position = held.position;
    return { held, last: held, reachedEnd: false };
  }

  /** Goes on from the stored checkpoint if that has moved, unless another process holds it by now. */
  private async step(reading: Reading): Promise<Reading> {
    try {
      return await this.advance(reading);
    } catch (error) {
      if (!(error instanceof CheckpointMovedError)) throw error;
      return this.find(reading.held);
    }
  }

  /** Retries parked events, then waits for new events and delivers them. */
  private async advance({ held: before, last }: Reading): Promise<Reading> {
    const { hasHeldUpKeys } = this.dispatcher;
    const retried = hasHeldUpKeys ? await this.dispatcher.retry(before) : before;
    const held = hasPassedTaken(retried) ? await this.checkpoints.forgetTaken(retried) : retried;
    const events = await this.pages.after(last.position);
    const end = events.at(-1);
    if (!end) {
      await this.wake.wait(hasHeldUpKeys ? PARKED_ROUND_MS : IDLE_MS);
      const isBehind = last.position > held.position && this.isTimeToMove();
      return isBehind ? this.deliver([], held, last, false) : { held, last, reachedEnd: false };
    }
    const to = { position: end.position, eventId: end.id };
    const { reachedEnd } = this.pages;
    const relevant = this.own.among(events, held.taken);
    if (relevant.length === 0 && !this.isTimeToMove()) return { held, last: to, reachedEnd };
    return this.deliver(relevant, held, to, reachedEnd);
  }

  private async deliver(
    events: readonly RecordedEvent[],
    held: HeldCheckpoint,
    to: LogPlace,
    reachedEnd: boolean,
  ): Promise<Reading> {
    const progress = await this.dispatcher.deliver(events, held, to, !this.isTimeToMove());
    if (progress.last.position === progress.held.position) this.lastMoveAt = performance.now();
    // A slow handler may have taken only a part of them.
    return { ...progress, reachedEnd: reachedEnd && progress.last.position === to.position };
  }

  private isTimeToMove(): boolean {
    return performance.now() - this.lastMoveAt > CHECKPOINT_EVERY_MS;
  }

  /** Starts again from the stored checkpoint. A write that failed may have succeeded if only its answer was lost. */
  private async find(held: HeldCheckpoint): Promise<Reading> {
    const found = await this.checkpoints.find(held);
    await this.dispatcher.reload(held.name);
    return { held: found, last: found, reachedEnd: false };
  }
}

function hasPassedTaken({ taken, position }: HeldCheckpoint): boolean {
  return taken !== undefined && position >= endOfTaken(taken);
}

/** Whether a repeat would fail with the same error. */
function isFinal(error: unknown): boolean {
  return (
    error instanceof FencedOffError || error instanceof LogMismatchError || error instanceof UnknownEventError
  );
}
