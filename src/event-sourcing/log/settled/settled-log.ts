import { UnknownEventError } from '../../kernel/event-registry.js';
import type { RecordedEvent } from '../../kernel/recorded-event.js';
import { Announcer } from '../announcer.js';
import type { EventLog } from '../event-log.js';
import { LogConnection } from './log-connection.js';
import { LogMismatchError } from '../log-identity.js';
import { RecentEvents } from './recent-events.js';
import { SettledPrefix } from './settled-prefix.js';
import { Signal } from '../../runtime/signal.js';

const POLL_MS = 250;
const FIRST_PAUSE_AT_HOLE_MS = 1;
const LONGEST_PAUSE_AT_HOLE_MS = 50;
const RECONNECT_PAUSE_MS = 200;
/** Under load looks are this far apart, so that each finds something worth its round trip. After a quiet moment nothing waits. */
const LINGER_MS = 5;

export interface SettledLogObserver {
  /** The connection was lost, or a look at the log failed; both are tried again. */
  onConnectionError(error: Error): void;
  /** The log can no longer be followed. Nothing is delivered any more. */
  onFatal(error: Error): void;
}

/**
 * Follows the log and says up to where it is settled: nothing at or before `mark` will appear, change or go away.
 * How that is known is told in `SettledPrefix`. All of it happens on one connection to one primary and is begun anew when
 * that is lost. See docs/decisions/0002-settled-order.md for what this was measured against.
 */
export class SettledLog {
  private readonly recent = new RecentEvents();
  private readonly wake = new Signal();
  /** Set by a reader that waits: it is not made to wait until a look is worth its round trip. */
  private readonly hurry = new Signal();
  private readonly advanced = new Set<() => void>();
  private readonly settledListeners = new Set<(event: RecordedEvent) => void>();
  private readonly prefix = new SettledPrefix((events) => {
    this.recent.add(events);
    for (const listener of this.settledListeners) for (const event of events) listener(event);
  });
  private readonly announcer = new Announcer(async () => {
    // Not on the connection that follows the log, which may be waiting for an answer. Whoever misses it looks before long.
    await this.log.announce().catch((error: unknown) => {
      this.observer.onConnectionError(error as Error);
    });
  });
  /** Why the log can no longer be followed; undefined as long as it can. */
  failure: Error | undefined;
  /** Up to where the next look reads the log if own events do not lead there; `Infinity` when others may have written. */
  private wanted = Infinity;
  private connection: LogConnection | undefined;
  private stopping = false;
  private running: Promise<void> | undefined;
  private unsubscribe: (() => void) | undefined;
  private logId = '';

  constructor(
    private readonly log: EventLog,
    private readonly observer: SettledLogObserver,
  ) {}

  /** What tells this log from any other. */
  get identity(): string {
    return this.logId;
  }

  /** Everything up to this position is final. */
  get mark(): number {
    return this.prefix.mark;
  }

  /** Whether what was committed before this process began is settled. `onAdvance` tells when that comes to be. */
  get isOpen(): boolean {
    return this.running !== undefined && this.prefix.isOpen;
  }

  /**
   * Connects and begins to follow the log.
   * @throws LogMismatchError when the sequence of positions lies behind the log
   */
  async start(): Promise<void> {
    const connection = await this.connect();
    try {
      await this.prefix.begin(connection);
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.logId = connection.logId;
    this.connection = connection;
    // Nothing of what was there before is in memory: until it is known where that ends, nothing is said to be.
    this.recent.restartAt(Number.MAX_SAFE_INTEGER);
    this.unsubscribe = this.log.onStored((events) => {
      this.prefix.stored(events);
      this.wake.set();
      this.announcer.announce();
    });
    this.running = this.follow();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.unsubscribe?.();
    this.wake.set();
    await this.running;
    await this.announcer.done();
    await this.connection?.close();
  }

  /** Stops following the log, for good: this process cannot take in what it holds. `failure` tells why. */
  giveUp(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.observer.onFatal(error);
    this.wake.set();
    for (const listener of this.advanced) listener();
  }

  /** Has `listener` called whenever `mark` has moved, and once when this is open, or has given up. Returns the function that ends it. */
  onAdvance(listener: () => void): () => void {
    this.advanced.add(listener);
    return () => this.advanced.delete(listener);
  }

  /**
   * Waits until a position is settled. Nobody else's word is waited for: the log is looked at soon.
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
        this.wanted = Math.max(this.wanted, position);
        this.hurry.set();
        this.wake.set();
        await signal.wait(left);
        if (this.mark >= position) return true;
      }
      return false;
    } finally {
      unsubscribe();
    }
  }

  /** Has `listener` called with each event that settles from now on, in order. It must not throw. */
  onSettled(listener: (event: RecordedEvent) => void): () => void {
    this.settledListeners.add(listener);
    return () => this.settledListeners.delete(listener);
  }

  /** The last event, whether it is settled yet or not. */
  async top(): Promise<{ position: number; eventId: string | null }> {
    const { rows } = await this.log.query<{ position: number; id: string }>(
      'SELECT position::float8, id FROM event_log ORDER BY event_log.position DESC LIMIT 1',
      [],
    );
    return { position: rows[0]?.position ?? 0, eventId: rows[0]?.id ?? null };
  }

  /** The last settled event. */
  async head(): Promise<{ position: number; eventId: string | null }> {
    const { rows } = await this.log.query<{ position: number; id: string }>(
      'SELECT position::float8, id FROM event_log WHERE position <= $1 ORDER BY event_log.position DESC LIMIT 1',
      [this.mark],
    );
    return { position: rows[0]?.position ?? 0, eventId: rows[0]?.id ?? null };
  }

  /** The ids of the events at these positions; those that are not there are left out. */
  async idsAt(positions: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const { rows } = await this.log.query<{ position: number; id: string }>(
      'SELECT position::float8, id FROM event_log WHERE position = ANY ($1::bigint[])',
      [positions],
    );
    return new Map(rows.map(({ position, id }) => [position, id]));
  }

  /** Settled events after a position, in order, at most `limit`. */
  async read(after: number, limit: number): Promise<RecordedEvent[]> {
    if (after >= this.mark) return [];
    return this.recent.after(after, limit) ?? this.log.readRange(after, this.mark, limit);
  }

  /** The settled events at these positions, in order. */
  async at(positions: readonly number[]): Promise<RecordedEvent[]> {
    return this.log.readPositions(positions);
  }

  /** As `read`, from memory alone: `undefined` where those events are no longer all there. */
  recentAfter(after: number, limit: number): RecordedEvent[] | undefined {
    return this.recent.after(after, limit);
  }

  private async connect(): Promise<LogConnection> {
    return LogConnection.open(this.log, {
      onLoss: (error) => {
        this.observer.onConnectionError(error);
        this.wake.set();
      },
      onNews: () => {
        this.wanted = Infinity;
        this.wake.set();
      },
    });
  }

  private async follow(): Promise<void> {
    let pauseAtHole = FIRST_PAUSE_AT_HOLE_MS;
    let lastReadAt = -Infinity;
    while (!this.stopping && !this.failure) {
      try {
        this.connection ??= await this.reconnect();
        const begunAt = performance.now();
        const [before, wasOpen] = [this.mark, this.isOpen];
        const isDue = begunAt - lastReadAt >= POLL_MS;
        const wanted = isDue ? Infinity : this.wanted;
        if (wanted === Infinity) lastReadAt = begunAt;
        this.wanted = 0;
        const more = await this.prefix.look(this.connection, wanted);
        if (more) this.wanted = Infinity;
        if (this.isOpen && !wasOpen) this.recent.restartAt(this.mark);
        const hasMoved = this.mark > before || this.isOpen !== wasOpen;
        if (hasMoved) for (const listener of this.advanced) listener();
        if (more) continue;
        const { isHeldUp, hasGap } = this.prefix;
        pauseAtHole =
          hasMoved || !isHeldUp
            ? FIRST_PAUSE_AT_HOLE_MS
            : Math.min(pauseAtHole * 2, LONGEST_PAUSE_AT_HOLE_MS);
        await this.wake.wait(isHeldUp ? pauseAtHole : hasGap ? LINGER_MS : POLL_MS);
        const lingerMs = begunAt + LINGER_MS - performance.now();
        if (lingerMs > 0) await this.hurry.wait(lingerMs);
      } catch (error) {
        this.wanted = Infinity;
        await this.disconnect();
        if (error instanceof LogMismatchError || error instanceof UnknownEventError) {
          this.giveUp(error);
          return;
        }
        this.observer.onConnectionError(error as Error);
        await this.wake.wait(RECONNECT_PAUSE_MS);
      }
    }
  }

  private async disconnect(): Promise<void> {
    const lost = this.connection;
    this.connection = undefined;
    this.prefix.forgetWriters();
    await lost?.close();
  }

  private async reconnect(): Promise<LogConnection> {
    const connection = await this.connect();
    try {
      if (connection.logId !== this.logId) {
        throw new LogMismatchError('The connection now leads to another event log.');
      }
      const { last } = this.prefix;
      if (last && !(await connection.holds(last))) {
        throw new LogMismatchError(
          `The event at position ${last.position} is not the one that was there: the log was restored from another time.`,
        );
      }
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }
}
