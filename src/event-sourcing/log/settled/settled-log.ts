import type { RecordedEvent } from '../../kernel/recorded-event.js';
import { Signal } from '../../runtime/signal.js';
import { Announcer } from '../announcer.js';
import type { EventLog } from '../event-log.js';
import { LogConnection, type LogConnector } from './log-connection.js';
import { LogFollower, type FollowerCallbacks } from './log-follower.js';
import { RecentEvents } from './recent-events.js';
import { SharedPages } from './shared-pages.js';
import { SettledPrefix } from './settled-prefix.js';

export interface SettledLogObserver {
  /** The connection was lost, or a look at the log failed; both are tried again. */
  onConnectionError(error: Error): void;
  /** The log can no longer be followed. Nothing is delivered any more. */
  onFatal(error: Error): void;
}

/** The last event of the log. */
export interface LogPosition {
  /** Position of the event; 0 if there is none. */
  readonly position: number;
  /** Id of the event; `null` if there is none. */
  readonly eventId: string | null;
}

/**
 * The settled part of the log, as this process follows it: nothing at or before `mark` will appear, change or go
 * away. `SettledPrefix` says why, `LogFollower` keeps it up to date.
 */
export class SettledLog {
  /** Why the log can no longer be followed; `undefined` while it can. */
  failure: Error | undefined;
  private readonly recent = new RecentEvents();
  private readonly pages: SharedPages;
  private readonly advanceListeners = new Set<() => void>();
  private readonly settledListeners = new Set<(event: RecordedEvent) => void>();
  private readonly prefix = new SettledPrefix((events) => {
    this.log.guard.remember(events);
    this.recent.add(events);
    for (const listener of this.settledListeners) for (const event of events) listener(event);
  });
  private readonly follower: LogFollower;
  private readonly announcer: Announcer;
  private logId: string | undefined;
  private unsubscribe: (() => void) | undefined;

  /**
   * @param connector opens the log to follow it; by default with a connection to PostgreSQL
   * @internal
   */
  constructor(
    private readonly log: EventLog,
    private readonly observer: SettledLogObserver,
    connector: LogConnector = LogConnection,
  ) {
    this.pages = new SharedPages((types, range, limit) =>
      types ? log.readRangeFor(types, range, limit) : log.readRange(range.after, range.upTo, limit),
    );
    const onConnectionError = (error: Error): void => {
      observer.onConnectionError(error);
    };
    const callbacks: FollowerCallbacks = {
      onConnectionError,
      onFatal: (error) => {
        this.giveUp(error);
      },
      onMove: (hasOpened) => {
        if (hasOpened) this.recent.restartAt(this.mark);
        this.tellAdvance();
      },
    };
    this.follower = new LogFollower(log, this.prefix, callbacks, connector);
    log.guard.onFailure((failure) => {
      this.giveUp(failure);
    });
    // Not on the connection that follows the log, which may be waiting for an answer. Processes that miss it poll.
    this.announcer = new Announcer(() => log.announce().catch(onConnectionError));
  }

  /** Identifies the log: checkpoints carry it. Empty before the start. */
  get identity(): string {
    return this.logId ?? '';
  }

  /** What keeps the log from settling, for messages. */
  get waitsFor(): string {
    return this.follower.waitsFor;
  }

  /** Everything up to this position is final. */
  get mark(): number {
    return this.prefix.mark;
  }

  /** Whether everything that was committed before the start is settled. `onAdvance` tells when that changes. */
  get isOpen(): boolean {
    return this.logId !== undefined && this.prefix.isOpen;
  }

  /**
   * Connects and begins to follow the log.
   * @throws LogMismatchError when the log is closed, or the sequence of positions is behind it
   */
  async start(): Promise<void> {
    // None of the events from before the start are in memory until `onMove` tells where they end.
    this.recent.restartAt(Number.MAX_SAFE_INTEGER);
    this.logId = await this.follower.start();
    if (this.prefix.last) this.log.guard.remember([this.prefix.last]);
    this.unsubscribe = this.log.onStored((events) => {
      this.prefix.stored(events);
      this.follower.lookSoon();
      this.announcer.announce();
    });
  }

  /** Ends following and closes the connection. */
  async stop(): Promise<void> {
    this.unsubscribe?.();
    await this.follower.stop();
    await this.announcer.done();
  }

  /** Stops following the log for good, because this process cannot process what it holds. `failure` is the reason. */
  giveUp(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.observer.onFatal(error);
    this.follower.end();
    this.tellAdvance();
  }

  /**
   * Calls `listener` whenever `mark` has moved, and when this becomes open or gives up.
   * @returns the function that ends it
   */
  onAdvance(listener: () => void): () => void {
    this.advanceListeners.add(listener);
    return () => this.advanceListeners.delete(listener);
  }

  /**
   * Calls `listener`, which must not throw, with each event that settles from now on, in order.
   * @returns the function that ends it
   */
  onSettled(listener: (event: RecordedEvent) => void): () => void {
    this.settledListeners.add(listener);
    return () => this.settledListeners.delete(listener);
  }

  /**
   * Waits until a position is settled. The log is looked at soon, without waiting for an announcement.
   * @param ms how long to wait at most, in milliseconds
   * @returns whether it is settled
   */
  async reached(position: number, ms: number): Promise<boolean> {
    if (this.mark >= position) return true;
    const giveUpAt = performance.now() + ms;
    const signal = new Signal();
    const unsubscribe = this.onAdvance(() => {
      signal.set();
    });
    try {
      for (let left = ms; left > 0 && !this.failure; left = giveUpAt - performance.now()) {
        this.follower.lookAtOnceFor(position);
        await signal.wait(left);
        if (this.mark >= position) return true;
      }
      return false;
    } finally {
      unsubscribe();
    }
  }

  /**
   * Settled events after a position, in order. The list must not be changed in place.
   * @param limit how many events the page covers at most
   * @param types events of other types may be left out, apart from the last one of the page
   */
  async read(after: number, limit: number, types?: ReadonlySet<string>): Promise<readonly RecordedEvent[]> {
    const { mark } = this;
    if (after >= mark) return [];
    return this.recent.after(after, limit) ?? this.pages.read({ after, upTo: mark }, limit, types);
  }

  /** As `read`, from memory only; `undefined` where some of those events are no longer in memory. */
  recentAfter(after: number, limit: number): RecordedEvent[] | undefined {
    return this.recent.after(after, limit);
  }

  /** The events at these positions, in order. Positions without an event are left out. */
  async at(positions: readonly number[]): Promise<RecordedEvent[]> {
    return this.log.readPositions(positions);
  }

  /** The ids of the events at these positions. Positions without an event are left out. */
  async idsAt(positions: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return this.log.idsAt(positions);
  }

  /** The last committed event, settled or not. */
  async top(): Promise<LogPosition> {
    const last = await this.log.lastEntry();
    return { position: last?.position ?? 0, eventId: last?.id ?? null };
  }

  private tellAdvance(): void {
    for (const listener of this.advanceListeners) listener();
  }
}
