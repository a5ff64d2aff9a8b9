import type { EventClass } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { SettledLog } from '../log/settled-log.js';
import { LogUnavailableError } from '../log/append.js';
import { isConnectionError } from '../log/database-errors.js';
import { LogMismatchError } from '../log/log-identity.js';
import { Signal } from '../log/signal.js';
import {
  CheckpointMovedError,
  FencedOffError,
  type Checkpoints,
  type Claim,
  type LogPlace,
} from './checkpoints.js';

const BATCH = 2_000;
const IDLE_MS = 1_000;
/** Under load deliveries begin this far apart, so that each is worth its round trip. After a quiet moment nothing waits. */
const LINGER_MS = 10;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 30_000;
/** A database that is back has to be found out soon: views that are behind keep readers waiting. */
const LONGEST_RETRY_AFTER_LOSS_MS = 1_000;
/** After so many events that do not concern it, a subscription writes its checkpoint all the same. */
const EVENTS_WITHOUT_CHECKPOINT = 20_000;

/** Where a subscription begins that was never run before. */
export type StartAt = 'beginning' | 'head';

/** `stopped` is final and tells of an error; `fenced` means that another process has taken over. */
export type SubscriptionState = 'starting' | 'running' | 'retrying' | 'fenced' | 'stopped';

/** What a subscription delivers to. */
export interface Delivery {
  /**
   * Takes in events and moves the checkpoint, together where that can be.
   * @param events those that concern the handler, in order
   * @param to the place of the last event that was read, whether it concerned the handler or not
   * @returns the claim at its new place, which may be before `to` when only some of the events were taken in
   * @throws CheckpointMovedError when the checkpoint is no longer where the claim says
   */
  deliver(events: readonly RecordedEvent[], claim: Claim, to: LogPlace): Promise<Claim>;
}

export interface SubscriptionOptions {
  readonly name: string;
  readonly kind: 'projection' | 'handler';
  readonly events: readonly EventClass[];
  readonly startAt: StartAt;
}

export interface SubscriptionObserver {
  onProgress(subscription: Subscription): void;
  onRetry(subscription: Subscription, error: unknown): void;
  onEnd(subscription: Subscription, error: Error): void;
}

/** How far a subscription is. */
interface Reading {
  readonly claim: Claim;
  /** The last event that was read; beyond the checkpoint where nothing concerned the handler. */
  readonly last: LogPlace;
  /** Whether the end of the log was reached. */
  readonly wasShort: boolean;
}

/** Brings one handler every settled event of the types it asked for, in order, from its checkpoint on. */
export class Subscription {
  state: SubscriptionState = 'starting';
  /** How far it has read; the checkpoint may lie a little behind where nothing concerned it. */
  position = 0;
  private readonly types: ReadonlySet<string>;
  private readonly wake = new Signal();
  private stopping = false;
  private running: Promise<void> | undefined;
  private readonly end = new Signal();

  constructor(
    readonly options: SubscriptionOptions,
    private readonly settled: SettledLog,
    private readonly checkpoints: Checkpoints,
    private readonly delivery: Delivery,
    private readonly observer: SubscriptionObserver,
  ) {
    this.types = new Set(options.events.map(({ type }) => type));
  }

  start(): void {
    const unsubscribe = this.settled.onAdvance(() => {
      this.wake.set();
    });
    this.running = this.run()
      .catch((error: unknown) => {
        this.state = error instanceof FencedOffError ? 'fenced' : 'stopped';
        this.observer.onEnd(this, error as Error);
      })
      .finally(unsubscribe);
  }

  /** Ends after the delivery under way. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.end.set();
    this.wake.set();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.settled.isOpen && !this.stopping) await this.wake.wait(IDLE_MS);
    let reading = await this.patiently(() => this.claim());
    this.state = reading ? 'running' : this.state;
    while (reading && !this.stopping) {
      const before: Reading = reading;
      const begunAt = performance.now();
      const after = await this.patiently((again) => this.step(before, again));
      if (!after) break;
      reading = after;
      this.position = reading.last.position;
      this.observer.onProgress(this);
      if (reading.wasShort) await this.rest(begunAt + LINGER_MS);
    }
    if (!reading || reading.last.position <= reading.claim.position) return;
    const { claim, last } = reading;
    await this.orFind(claim, () => this.checkpoints.move(claim, last));
  }

  private async claim(): Promise<Reading> {
    const { name, startAt } = this.options;
    const start = startAt === 'head' ? await this.settled.head() : { position: 0, eventId: null };
    const claim = await this.checkpoints.claim(name, this.settled.identity, start);
    if (claim.logId !== this.settled.identity) {
      throw new LogMismatchError(`The checkpoint of "${name}" belongs to another event log.`);
    }
    if (claim.position > 0 && (await this.settled.eventIdAt(claim.position)) !== claim.eventId) {
      throw new LogMismatchError(
        `The checkpoint of "${name}" does not match the log: another event, or none, stands at position ${claim.position}.`,
      );
    }
    this.position = claim.position;
    return { claim, last: claim, wasShort: false };
  }

  /** Waits for events and takes them in. */
  private async step(reading: Reading, again: boolean): Promise<Reading> {
    // A delivery that failed may have taken effect all the same, if only its answer was lost.
    const claim = again ? await this.checkpoints.find(reading.claim) : reading.claim;
    const last = again ? claim : reading.last;
    const events = await this.settled.read(last.position, BATCH);
    const end = events.at(-1);
    if (!end) {
      await this.wake.wait(IDLE_MS);
      return { claim, last, wasShort: false };
    }
    const to = { position: end.position, eventId: end.id };
    const wasShort = events.length < BATCH;
    const relevant = events.filter(({ event }) => this.types.has(event.type));
    if (relevant.length === 0 && to.position - claim.position <= EVENTS_WITHOUT_CHECKPOINT)
      return { claim, last: to, wasShort };
    const moved = await this.orFind(claim, () => this.delivery.deliver(relevant, claim, to));
    return { claim: moved, last: moved, wasShort };
  }

  /** Goes on from where the checkpoint is, unless that is another's by now. */
  private async orFind(claim: Claim, move: () => Promise<Claim>): Promise<Claim> {
    try {
      return await move();
    } catch (error) {
      if (error instanceof CheckpointMovedError) return this.checkpoints.find(claim);
      throw error;
    }
  }

  /** Tries with growing pauses until it works; `undefined` when this was stopped before it did. */
  private async patiently<T>(work: (again: boolean) => Promise<T>): Promise<T | undefined> {
    for (let pause = 0; ;) {
      await this.rest(performance.now() + pause);
      if (this.stopping) return undefined;
      try {
        const result = await work(pause > 0);
        this.state = 'running';
        return result;
      } catch (error) {
        if (error instanceof FencedOffError || error instanceof LogMismatchError) throw error;
        this.state = 'retrying';
        const isLoss = error instanceof LogUnavailableError || isConnectionError(error);
        const longest = isLoss ? LONGEST_RETRY_AFTER_LOSS_MS : LONGEST_RETRY_MS;
        pause = Math.min(Math.max(pause * 2, FIRST_RETRY_MS), longest);
        this.observer.onRetry(this, error);
      }
    }
  }

  /** Waits until a time of `performance.now()`, or until this is stopped. */
  private async rest(until: number): Promise<void> {
    for (let left = until - performance.now(); left > 0 && !this.stopping; left = until - performance.now()) {
      await this.end.wait(left);
    }
  }
}
