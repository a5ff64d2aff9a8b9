import type { EventClass } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { UnknownEventError } from '../kernel/event-registry.js';
import { LogUnavailableError } from '../log/append/append.js';
import { isConnectionError } from '../postgres/database-errors.js';
import { LogMismatchError } from '../log/log-identity.js';
import { Signal } from '../runtime/signal.js';
import {
  CheckpointMovedError,
  FencedOffError,
  type Checkpoints,
  type Claim,
  type LogPlace,
} from './checkpoints.js';
import type { Intake } from './intake.js';

const BATCH = 2_000;
const IDLE_MS = 1_000;
/** How often parked events are looked after while there are any. */
const RETRY_ROUND_MS = 200;
/** Under load deliveries begin this far apart, so that each is worth its round trip. After a quiet moment nothing waits. */
const LINGER_MS = 10;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 30_000;
/** A database that is back has to be found out soon: views that are behind keep readers waiting. */
const LONGEST_RETRY_AFTER_LOSS_MS = 1_000;
/** Where nothing concerns the handler the checkpoint is moved this often all the same, so that others see how far it is. */
const CHECKPOINT_EVERY_MS = 1_000;

/** Where a subscription begins that was never run before. */
export type StartAt = 'beginning' | 'head';

/**
 * How a subscription stands in this process:
 * - `waiting`: another process may hold the lease
 * - `running`
 * - `retrying`: its database, not the handler, refuses what it writes; it is tried again without end
 * - `stopped`: an error has ended it for good, or its view has rows from before that have to be cleared
 * - `outdated`: the log holds events that the code of this process does not know
 */
export type SubscriptionState = 'waiting' | 'running' | 'retrying' | 'stopped' | 'outdated';

export type SubscriptionKind = 'projection' | 'handler' | 'saga';

export interface SubscriptionOptions {
  /** Stable; the checkpoint is kept under it. */
  readonly name: string;
  readonly kind: SubscriptionKind;
  /** The events it is for; `all` where only the handler knows. */
  readonly events: readonly EventClass[] | 'all';
  readonly startAt: StartAt;
  /** The tables that a projection keeps, quoted where need be. */
  readonly views?: readonly string[];
}

export interface SubscriptionObserver {
  onProgress(subscription: Subscription): void;
  onRetry(subscription: Subscription, error: unknown): void;
}

/** How far a subscription is. */
interface Reading {
  readonly claim: Claim;
  /** The last event that was read; beyond the checkpoint where nothing concerned the handler. */
  readonly last: LogPlace;
  /** Whether the end of the log was reached. */
  readonly wasShort: boolean;
}

/** Brings one handler every settled event of the types it asked for, in order, from its checkpoint on, while this process holds it. */
export class Subscription {
  /** Its view has rows from before, so no process may begin it. */
  hasOldRows = false;
  /** How far it has read; the checkpoint may lie a little behind where nothing concerned it. */
  position = 0;
  private readonly types: ReadonlySet<string> | undefined;
  private readonly wake = new Signal();
  private readonly end = new Signal();
  private ending = false;
  private lastMoveAt = 0;
  private progress: 'waiting' | 'running' | 'retrying' | 'stopped' = 'waiting';
  private failingSince: number | undefined;

  constructor(
    readonly options: SubscriptionOptions,
    private readonly settled: SettledLog,
    private readonly checkpoints: Checkpoints,
    private readonly intake: Intake,
    private readonly observer: SubscriptionObserver,
  ) {
    this.types = options.events === 'all' ? undefined : new Set(options.events.map(({ type }) => type));
  }

  get state(): SubscriptionState {
    const { failure } = this.settled;
    if (failure) return failure instanceof UnknownEventError ? 'outdated' : 'stopped';
    return this.hasOldRows ? 'stopped' : this.progress;
  }

  /** How long its database has refused without a break what it writes, in milliseconds. */
  get failingForMs(): number {
    return this.failingSince === undefined ? 0 : performance.now() - this.failingSince;
  }

  /**
   * Works on a claim until it is told to let go.
   * @throws FencedOffError when another process has taken over
   * @throws LogMismatchError when the checkpoint is not of this log
   * @throws UnknownEventError when the log holds events that this process does not know
   */
  async hold(claim: Claim): Promise<void> {
    this.ending = false;
    this.failingSince = undefined;
    const unsubscribe = this.settled.onAdvance(() => {
      this.wake.set();
    });
    try {
      await this.run(claim);
      this.progress = 'waiting';
    } catch (error) {
      this.progress = error instanceof LogMismatchError ? 'stopped' : 'waiting';
      // The code of this process is too old for all its handlers, not only for this one.
      if (error instanceof UnknownEventError) this.settled.giveUp(error);
      throw error;
    } finally {
      this.failingSince = undefined;
      unsubscribe();
    }
  }

  /** Has `hold` end after what is under way. */
  letGo(): void {
    this.ending = true;
    this.end.set();
    this.wake.set();
  }

  private async run(claim: Claim): Promise<void> {
    let reading = await this.patiently(() => this.begin(claim));
    while (reading && !this.ending) {
      const before: Reading = reading;
      const begunAt = performance.now();
      const after = await this.patiently(async (again) =>
        this.step(again ? await this.find(before.claim) : before),
      );
      if (!after) break;
      reading = after;
      this.position = reading.last.position;
      this.observer.onProgress(this);
      if (reading.wasShort) await this.rest(begunAt + LINGER_MS);
    }
    if (reading && reading.last.position > reading.claim.position) await this.leaveAt(reading);
  }

  /** So that whoever comes next need not read again what concerned nobody. */
  private async leaveAt({ claim, last }: Reading): Promise<void> {
    try {
      await this.checkpoints.move(claim, last);
    } catch (error) {
      if (!(error instanceof CheckpointMovedError)) this.observer.onRetry(this, error);
    }
  }

  private async begin(claim: Claim): Promise<Reading> {
    const { name } = this.options;
    if (claim.logId !== this.settled.identity) {
      throw new LogMismatchError(`The checkpoint of "${name}" belongs to another event log.`);
    }
    const { position } = claim;
    const events = await this.settled.idsAt([position]);
    if (position > 0 && events.get(position) !== claim.eventId) {
      throw new LogMismatchError(
        `The checkpoint of "${name}" does not match the log: another event, or none, stands at position ${position}.`,
      );
    }
    await this.intake.reload(name);
    this.position = position;
    return { claim, last: claim, wasShort: false };
  }

  /** Waits for events and takes them in; looks after what is parked. */
  private async step(reading: Reading): Promise<Reading> {
    let { claim } = reading;
    const { last } = reading;
    if (this.intake.hasParked) {
      const retried = await this.orFind(claim, () => this.intake.retry(claim));
      // Found elsewhere than it was left: what was read since does not count.
      if (retried.epoch !== claim.epoch || retried.position !== claim.position)
        return { claim: retried, last: retried, wasShort: false };
      claim = retried;
    }
    const events = await this.settled.read(last.position, BATCH);
    const end = events.at(-1);
    if (!end) {
      await this.wake.wait(this.intake.hasParked ? RETRY_ROUND_MS : IDLE_MS);
      const isBehind = last.position > claim.position && this.isTimeToMove();
      return isBehind ? this.take([], claim, last, false) : { claim, last, wasShort: false };
    }
    const to = { position: end.position, eventId: end.id };
    const wasShort = events.length < BATCH;
    const relevant = this.relevant(events);
    if (relevant.length === 0 && !this.isTimeToMove()) return { claim, last: to, wasShort };
    return this.take(relevant, claim, to, wasShort);
  }

  private async take(
    events: readonly RecordedEvent[],
    claim: Claim,
    to: LogPlace,
    wasShort: boolean,
  ): Promise<Reading> {
    const moved = await this.orFind(claim, () => this.intake.take(events, claim, to));
    this.lastMoveAt = performance.now();
    return { claim: moved, last: moved, wasShort };
  }

  private relevant(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
    const { types } = this;
    return types ? events.filter(({ event }) => types.has(event.type)) : events;
  }

  private isTimeToMove(): boolean {
    return performance.now() - this.lastMoveAt > CHECKPOINT_EVERY_MS;
  }

  /** A write that failed may have taken effect all the same, if only its answer was lost. */
  private async find(claim: Claim): Promise<Reading> {
    const found = await this.checkpoints.find(claim);
    await this.intake.reload(claim.name);
    return { claim: found, last: found, wasShort: false };
  }

  /** Goes on from where the checkpoint is, unless that is another's by now. */
  private async orFind(claim: Claim, move: () => Promise<Claim>): Promise<Claim> {
    try {
      return await move();
    } catch (error) {
      if (!(error instanceof CheckpointMovedError)) throw error;
      return (await this.find(claim)).claim;
    }
  }

  /** Tries with growing pauses until it works; `undefined` when this was let go before it did. */
  private async patiently<T>(work: (again: boolean) => Promise<T>): Promise<T | undefined> {
    for (let pause = 0; ;) {
      await this.rest(performance.now() + pause);
      if (this.ending) return undefined;
      try {
        const result = await work(pause > 0);
        this.progress = 'running';
        this.failingSince = undefined;
        return result;
      } catch (error) {
        if (isFinal(error)) throw error;
        this.progress = 'retrying';
        this.failingSince ??= performance.now();
        const isLoss = error instanceof LogUnavailableError || isConnectionError(error);
        const longest = isLoss ? LONGEST_RETRY_AFTER_LOSS_MS : LONGEST_RETRY_MS;
        pause = Math.min(Math.max(pause * 2, FIRST_RETRY_MS), longest);
        this.observer.onRetry(this, error);
      }
    }
  }

  /** Waits until a time of `performance.now()`, or until this is let go. */
  private async rest(until: number): Promise<void> {
    for (let left = until - performance.now(); left > 0 && !this.ending; left = until - performance.now()) {
      await this.end.wait(left);
    }
  }
}

/** Trying again would meet the same error. */
function isFinal(error: unknown): boolean {
  return (
    error instanceof FencedOffError || error instanceof LogMismatchError || error instanceof UnknownEventError
  );
}
