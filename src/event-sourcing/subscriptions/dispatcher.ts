import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import type { RetryPolicy } from '../runtime/retry-policy.js';
import { Attempts, isRefusedData, type FailureReport } from './attempts.js';
import type { CheckpointStore } from './checkpoints.js';
import { withLimitOf, type Batch, type Delivery } from './delivery.js';
import type { HeldCheckpoint, LogPlace } from './held-checkpoint.js';
import { queuedEntry, type ParkedEntry } from './parked-events.js';
import { ParkedRetries } from './parked-retries.js';

/**
 * The checkpoint is written after this time even if events are left, so that a crash repeats little of what slow
 * handlers did.
 */
const SLICE_MS = 250;
/** After this time, requests have their turn before a long batch goes on. */
const TURN_MS = 20;

/** How far events were delivered. */
export interface Progress {
  readonly held: HeldCheckpoint;
  /** The last event that was read. Beyond the checkpoint while that lingers, as there was nothing to write. */
  readonly last: LogPlace;
}

/**
 * Delivers events to one handler and moves its checkpoint. An event that fails is written as parked, with the
 * checkpoint. Later events of its key queue up behind it; all others flow on. It is retried with growing pauses until
 * its attempts are used up.
 */
export class Dispatcher {
  private readonly attempts: Attempts;
  private readonly retries: ParkedRetries;
  /** Keys with parked events. Whoever else changes parked events raises the epoch, and then the keys are read again. */
  private readonly heldUp = new Set<string>();

  /** @param report called for each event that fails */
  constructor(
    settled: SettledLog,
    private readonly checkpoints: CheckpointStore,
    private readonly delivery: Delivery,
    policy: RetryPolicy,
    report: FailureReport,
  ) {
    this.attempts = new Attempts(delivery, policy, report);
    this.retries = new ParkedRetries(settled, checkpoints, this.attempts);
  }

  /** Whether any key is held up by a parked event. */
  get hasHeldUpKeys(): boolean {
    return this.heldUp.size > 0;
  }

  /** The key that orders an event. */
  keyOf(recorded: RecordedEvent): string {
    return this.attempts.keyOf(recorded);
  }

  /** Forgets everything and reads the parked events again. */
  async reload(name: string): Promise<void> {
    this.delivery.forget();
    const keys = await this.checkpoints.parked.keys(name);
    this.heldUp.clear();
    for (const key of keys) this.heldUp.add(key);
  }

  /**
   * Delivers events and moves the checkpoint, perhaps behind only some of them.
   * @param events those that concern the handler, in order
   * @param to the place of the last event that was read, whether or not it concerns the handler
   * @param mayLinger whether the checkpoint may stay where it is if there is nothing to write
   * @throws CheckpointMovedError when the checkpoint is no longer where `held` says
   */
  async deliver(
    events: readonly RecordedEvent[],
    held: HeldCheckpoint,
    to: LogPlace,
    mayLinger = false,
  ): Promise<Progress> {
    try {
      return await this.deliverTogether(events, held, to, mayLinger);
    } catch (error) {
      this.delivery.forget();
      const [only] = events;
      if (!only || !isRefusedData(error)) throw error;
      return events.length === 1
        ? this.parkRefused(only, held, to, error)
        : this.deliverOneByOne(events, held, to);
    }
  }

  /**
   * Retries parked events that are due.
   * @throws CheckpointMovedError when the checkpoint is no longer where `held` says
   */
  async retry(held: HeldCheckpoint): Promise<HeldCheckpoint> {
    return this.retries.retry(held, (key) => this.heldUp.delete(key));
  }

  private async deliverTogether(
    events: readonly RecordedEvent[],
    held: HeldCheckpoint,
    to: LogPlace,
    mayLinger: boolean,
  ): Promise<Progress> {
    const batch = await this.delivery.begin(events);
    const park: ParkedEntry[] = [];
    const failed = new Set<string>();
    const lastTaken = await this.takeAll(batch, events, park, failed);
    const place = lastTaken ? placeOf(lastTaken) : to;
    if (batch.send) {
      for (const { recorded, error } of await batch.send()) {
        const key = this.attempts.keyOf(recorded);
        park.push(error ? this.attempts.failed(recorded, key, 1, error) : queuedEntry(recorded, key));
        failed.add(key);
      }
    }
    const work = batch.work();
    const limited = withLimitOf(batch, held);
    if (mayLinger && !work && park.length === 0) return { held: limited, last: place };
    const moved = await this.checkpoints.move(limited, place, { park, release: [] }, work);
    batch.written();
    for (const key of failed) this.heldUp.add(key);
    return { held: moved, last: moved };
  }

  /** @returns the last event that was taken, if the handler was too slow to take all */
  private async takeAll(
    batch: Batch,
    events: readonly RecordedEvent[],
    park: ParkedEntry[],
    failed: Set<string>,
  ): Promise<RecordedEvent | undefined> {
    // Preparing the batch takes none of the time.
    const giveWayAt = performance.now() + SLICE_MS;
    let turnEndsAt = performance.now() + TURN_MS;
    for (const [index, recorded] of events.entries()) {
      const key = this.attempts.keyOf(recorded);
      if (this.heldUp.has(key) || failed.has(key)) park.push(queuedEntry(recorded, key));
      else {
        const failure = await this.attempts.deliver(batch, recorded, key, 1);
        if (failure) {
          park.push(failure);
          failed.add(key);
        }
      }
      const now = performance.now();
      if (index < events.length - 1 && now > giveWayAt) return recorded;
      if (now > turnEndsAt) {
        await nextTurn();
        turnEndsAt = performance.now() + TURN_MS;
      }
    }
    return undefined;
  }

  /** PostgreSQL refused some of the data. Delivered alone, the event that is at fault shows. */
  private async deliverOneByOne(
    events: readonly RecordedEvent[],
    held: HeldCheckpoint,
    to: LogPlace,
  ): Promise<Progress> {
    let current: Progress = { held, last: held };
    for (const [index, recorded] of events.entries()) {
      const place = index < events.length - 1 ? placeOf(recorded) : to;
      current = await this.deliver([recorded], current.held, place);
    }
    return current;
  }

  private async parkRefused(
    recorded: RecordedEvent,
    held: HeldCheckpoint,
    to: LogPlace,
    error: unknown,
  ): Promise<Progress> {
    const key = this.attempts.keyOf(recorded);
    const failure = this.attempts.failed(recorded, key, 1, error);
    const entry = this.heldUp.has(key) ? queuedEntry(recorded, key) : failure;
    const moved = await this.checkpoints.move(held, to, { park: [entry], release: [] });
    this.heldUp.add(key);
    return { held: moved, last: moved };
  }
}

function placeOf({ position, id }: RecordedEvent): LogPlace {
  return { position, eventId: id };
}
