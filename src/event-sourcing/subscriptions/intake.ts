import type { RecordedEvent } from '../kernel/recorded-event.js';
import { sqlState } from '../postgres/database-errors.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { CheckpointMovedError, type Checkpoints, type Claim, type LogPlace } from './checkpoints.js';
import type { Batch, Delivery } from './delivery.js';
import {
  failedEntry,
  ParkedEvents,
  queuedEntry,
  type ParkedEntry,
  type ParkedPlace,
} from './parked-events.js';
import type { RetryPolicy } from '../runtime/retry-policy.js';

/** Handlers are slow sometimes. After this long what they have done is written down, so that a crash repeats little of it. */
const SLICE_MS = 250;
const KEYS_A_ROUND = 20;
const EVENTS_A_KEY = 100;
/** What PostgreSQL refuses for the sake of the data: it would refuse it again. Classes 21, 22, 23 and 54. */
const REFUSED_DATA = /^(21|22|23|54)/;

export interface IntakeObserver {
  /** An event has failed; `attempts` tells how often so far. */
  onFailure(recorded: RecordedEvent, attempts: number, error: unknown): void;
}

/**
 * Brings events to a handler, and keeps those that fail: an event that fails is written down together with the checkpoint, later
 * ones of its key queue up behind it, and all others flow on. It is tried again with growing pauses, until it is parked.
 */
export class Intake {
  private readonly parked: ParkedEvents;
  /** Keys that are held up. Only the holder of the subscription changes them, or the epoch is raised. */
  private heldUp = new Set<string>();

  constructor(
    private readonly settled: SettledLog,
    private readonly checkpoints: Checkpoints,
    private readonly delivery: Delivery,
    private readonly policy: RetryPolicy,
    private readonly observer: IntakeObserver,
  ) {
    this.parked = new ParkedEvents(checkpoints.dataSource);
  }

  /** Whether any key is held up. */
  get hasParked(): boolean {
    return this.heldUp.size > 0;
  }

  /** Begins anew from what the database says. */
  async reload(name: string): Promise<void> {
    this.delivery.forget();
    this.heldUp = await this.parked.keys(name);
  }

  /**
   * Takes events in and moves the checkpoint, perhaps only behind some of them.
   * @param events those that concern the handler, in order
   * @param to the place of the last event that was read, whether it concerned the handler or not
   * @throws CheckpointMovedError when the checkpoint is no longer where the claim says
   */
  async take(events: readonly RecordedEvent[], claim: Claim, to: LogPlace): Promise<Claim> {
    try {
      return await this.takeTogether(events, claim, to);
    } catch (error) {
      this.delivery.forget();
      if (!isRefusedData(error)) throw error;
      return this.takeApart(events, claim, to, error);
    }
  }

  private async takeTogether(events: readonly RecordedEvent[], claim: Claim, to: LogPlace): Promise<Claim> {
    const giveWayAt = performance.now() + SLICE_MS;
    const batch = await this.delivery.begin(events);
    const park: ParkedEntry[] = [];
    const heldUp = new Set(this.heldUp);
    let place = to;
    for (const [index, recorded] of events.entries()) {
      const key = this.keyOf(recorded);
      if (heldUp.has(key)) park.push(queuedEntry(recorded, key));
      else {
        const failure = await this.try(batch, recorded, 1);
        if (failure) {
          park.push(failedEntry(recorded, key, 1, failure.error, this.policy));
          heldUp.add(key);
        }
      }
      if (index < events.length - 1 && performance.now() > giveWayAt) {
        place = placeOf(recorded);
        break;
      }
    }
    const moved = await this.write(batch, claim, place, park, []);
    this.heldUp = heldUp;
    return moved;
  }

  /**
   * Tries again what is to be tried by now.
   * @throws CheckpointMovedError when the checkpoint is no longer where the claim says
   */
  async retry(claim: Claim): Promise<Claim> {
    let current = claim;
    for (const { key, epoch } of await this.parked.dueKeys(claim.name, KEYS_A_ROUND)) {
      // A handler that is called under an old epoch would be called again, as what came of it cannot be written down.
      if (epoch !== current.epoch) throw new CheckpointMovedError(claim.name);
      current = await this.retryKey(current, key, EVENTS_A_KEY);
    }
    return current;
  }

  /** Some of the data was refused. One after the other they show whose fault it is. */
  private async takeApart(
    events: readonly RecordedEvent[],
    claim: Claim,
    to: LogPlace,
    error: unknown,
  ): Promise<Claim> {
    const [only] = events;
    if (events.length > 1) {
      let current = claim;
      for (const [index, recorded] of events.entries()) {
        current = await this.take([recorded], current, index < events.length - 1 ? placeOf(recorded) : to);
      }
      return current;
    }
    if (!only) throw error;
    this.observer.onFailure(only, 1, error);
    const key = this.keyOf(only);
    const entry = this.heldUp.has(key)
      ? queuedEntry(only, key)
      : failedEntry(only, key, 1, error, this.policy);
    const moved = await this.checkpoints.move(claim, to, { park: [entry], release: [] });
    this.heldUp.add(key);
    return moved;
  }

  /** Tries the first events of a key in order, `most` of them. */
  private async retryKey(claim: Claim, key: string, most: number): Promise<Claim> {
    // One more than that tells what comes next.
    const places = await this.parked.first(claim.name, key, most + 1);
    const round = places.slice(0, most);
    try {
      return await this.retryTogether(claim, key, round, places[most]);
    } catch (error) {
      this.delivery.forget();
      if (!isRefusedData(error)) throw error;
      // By itself the first one shows whether it is its fault, or that of one behind it.
      return round.length > 1 ? this.retryKey(claim, key, 1) : this.failAgain(claim, key, round, error);
    }
  }

  /** @param next what comes behind the round */
  private async retryTogether(
    claim: Claim,
    key: string,
    round: readonly ParkedPlace[],
    next: ParkedPlace | undefined,
  ): Promise<Claim> {
    const events = await this.settled.at(round.map(({ position }) => position));
    const batch = await this.delivery.begin(events);
    const release: { key: string; position: number }[] = [];
    const park: ParkedEntry[] = [];
    for (const [index, recorded] of events.entries()) {
      const attempts = (round[index]?.attempts ?? 0) + 1;
      const failure = await this.try(batch, recorded, attempts);
      if (failure) {
        park.push(failedEntry(recorded, key, attempts, failure.error, this.policy));
        break;
      }
      release.push({ key, position: recorded.position });
    }
    if (park.length === 0 && next) {
      const [recorded] = await this.settled.at([next.position]);
      if (recorded) park.push({ ...queuedEntry(recorded, key), retryInMs: 0 });
    }
    const moved = await this.write(batch, claim, claim, park, release);
    if (park.length === 0) this.heldUp.delete(key);
    return moved;
  }

  private async failAgain(
    claim: Claim,
    key: string,
    [first]: readonly ParkedPlace[],
    error: unknown,
  ): Promise<Claim> {
    const [recorded] = first ? await this.settled.at([first.position]) : [];
    if (!first || !recorded) throw error;
    const attempts = first.attempts + 1;
    this.observer.onFailure(recorded, attempts, error);
    const entry = failedEntry(recorded, key, attempts, error, this.policy);
    return this.checkpoints.move(claim, claim, { park: [entry], release: [] });
  }

  private async write(
    batch: Batch,
    claim: Claim,
    to: LogPlace,
    park: readonly ParkedEntry[],
    release: readonly { key: string; position: number }[],
  ): Promise<Claim> {
    const moved = await this.checkpoints.move(claim, to, { park, release }, batch.work());
    batch.written();
    return moved;
  }

  private async try(
    batch: Batch,
    recorded: RecordedEvent,
    attempts: number,
  ): Promise<{ error: unknown } | undefined> {
    try {
      // Most events are taken in at once; waiting for nothing would cost each of them a turn.
      const taking = batch.take(recorded);
      if (taking) await taking;
      return undefined;
    } catch (error) {
      this.observer.onFailure(recorded, attempts, error);
      return { error };
    }
  }

  /** Where a projection cannot even tell the row, the stream is held up. */
  private keyOf(recorded: RecordedEvent): string {
    try {
      return this.delivery.keyOf(recorded);
    } catch {
      // Taking the event in fails in the same way, and that is told.
      return recorded.stream;
    }
  }
}

function placeOf({ position, id }: RecordedEvent): LogPlace {
  return { position, eventId: id };
}

function isRefusedData(error: unknown): boolean {
  return REFUSED_DATA.test(sqlState(error) ?? '');
}
