import type { EventClass } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { SettledLog } from '../log/settled-log.js';
import { LogMismatchError } from '../log/log-identity.js';
import { Signal } from '../log/signal.js';
import { FencedOffError, type Checkpoints, type Claim, type LogPlace } from './checkpoints.js';

const BATCH = 2_000;
const IDLE_MS = 1_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 30_000;
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
   * @throws FencedOffError when the claim no longer holds
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
  onRetry(subscription: Subscription, error: unknown, pauseMs: number): void;
  onEnd(subscription: Subscription, error: Error): void;
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
    this.wake.set();
    await this.running;
  }

  private async run(): Promise<void> {
    let claim = await this.claim();
    let last: LogPlace = claim;
    this.position = claim.position;
    this.state = 'running';
    while (!this.stopping) {
      const events = await this.settled.read(last.position, BATCH);
      const end = events.at(-1);
      if (!end) {
        await this.wake.wait(IDLE_MS);
        continue;
      }
      const to = { position: end.position, eventId: end.id };
      const relevant = events.filter(({ event }) => this.types.has(event.type));
      if (relevant.length > 0 || to.position - claim.position > EVENTS_WITHOUT_CHECKPOINT) {
        claim = await this.persistently(() => this.delivery.deliver(relevant, claim, to), claim);
        last = claim;
      } else last = to;
      this.position = last.position;
      this.observer.onProgress(this);
    }
    if (last.position > claim.position) await this.checkpoints.move(claim, last);
  }

  private async claim(): Promise<Claim> {
    await this.settled.opened;
    const head = await this.settled.head();
    const start = this.options.startAt === 'head' ? head : { position: 0, eventId: null };
    const claim = await this.persistently(
      () => this.checkpoints.claim(this.options.name, this.settled.identity, start),
      undefined,
    );
    if (claim.logId !== this.settled.identity) {
      throw new LogMismatchError(`The checkpoint of "${this.options.name}" belongs to another event log.`);
    }
    if (claim.position > 0 && (await this.settled.eventIdAt(claim.position)) !== claim.eventId) {
      throw new LogMismatchError(
        `The checkpoint of "${this.options.name}" does not match the log: another event, or none, stands at position ${claim.position}.`,
      );
    }
    return claim;
  }

  /** Tries again with growing pauses until it works, the claim is lost, or this is stopped (then with the claim as it is). */
  private async persistently<T extends Claim>(work: () => Promise<T>, otherwise: T | undefined): Promise<T> {
    for (let pause = FIRST_RETRY_MS; ; pause = Math.min(pause * 2, LONGEST_RETRY_MS)) {
      try {
        const result = await work();
        this.state = 'running';
        return result;
      } catch (error) {
        if (error instanceof FencedOffError) throw error;
        this.state = 'retrying';
        this.observer.onRetry(this, error, pause);
      }
      const until = performance.now() + pause;
      while (!this.stopping && performance.now() < until) await this.wake.wait(until - performance.now());
      if (this.stopping && otherwise) return otherwise;
      if (this.stopping)
        throw new FencedOffError(`"${this.options.name}" was stopped before it could begin.`);
    }
  }
}
