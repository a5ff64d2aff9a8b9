import { UnknownEventError } from '../../kernel/event-registry.js';
import { Signal } from '../../runtime/signal.js';
import type { EventLog } from '../event-log.js';
import { LogMismatchError } from '../log-identity.js';
import type { FollowedLog, LogConnector } from './log-connection.js';
import type { SettledPrefix } from './settled-prefix.js';

const POLL_MS = 250;
const FIRST_PAUSE_AT_HOLE_MS = 1;
const LONGEST_PAUSE_AT_HOLE_MS = 50;
const RECONNECT_PAUSE_MS = 200;
/**
 * Under load, looks at the log are this far apart, so that each finds enough events. After a quiet moment there is no
 * wait.
 */
const LINGER_MS = 5;

export interface FollowerCallbacks {
  /** The connection was lost, or a look at the log failed; both are tried again. */
  onConnectionError(error: Error): void;
  /** The log can no longer be followed. The follower has ended. */
  onFatal(error: Error): void;
  /** The settled prefix has moved. `hasOpened`: everything from before the start is settled now. */
  onMove(hasOpened: boolean): void;
}

/**
 * Looks at the log again and again and so moves the settled prefix. It uses one connection to one primary. When that is
 * lost, it starts anew on another one, and what it knew of running transactions is forgotten.
 */
export class LogFollower {
  private readonly wake = new Signal();
  /** Set when a reader waits: the next look comes at once. */
  private readonly hurry = new Signal();
  /** The position up to which the next look reads the log if own events do not lead there; `Infinity` for its end. */
  private wanted = Infinity;
  private lastReadAt = -Infinity;
  private pauseAtHoleMs = FIRST_PAUSE_AT_HOLE_MS;
  private connection: FollowedLog | undefined;
  private running: Promise<void> | undefined;
  private isEnding = false;

  constructor(
    private readonly log: EventLog,
    private readonly prefix: SettledPrefix,
    private readonly callbacks: FollowerCallbacks,
    private readonly connector: LogConnector,
  ) {}

  /**
   * Connects and begins to follow.
   * @returns the id of the log
   * @throws LogMismatchError when the log is closed, or the sequence of positions is behind it
   */
  async start(): Promise<string> {
    const connection = await this.connector.open(this.log, this);
    try {
      await this.prefix.begin(connection);
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.connection = connection;
    this.running = this.follow();
    return connection.logId;
  }

  /** Ends after the look that is under way. */
  end(): void {
    this.isEnding = true;
    this.wake.set();
  }

  /** Ends and closes the connection. */
  async stop(): Promise<void> {
    this.end();
    await this.running;
    await this.connection?.close();
  }

  /** What the settled prefix waits for, for messages. */
  get waitsFor(): string {
    if (!this.connection) return 'a new connection to the event log, because the last one was lost';
    const { writers } = this.prefix;
    if (writers.length === 0) return 'the next look at the event log';
    const what = writers.length === 1 ? 'the open transaction' : 'the open transactions';
    return `${what} ${writers.join(', ')} (virtualtransaction in pg_locks), which can write to the event log`;
  }

  /** Own events have been committed. */
  lookSoon(): void {
    this.wake.set();
  }

  /** A reader waits for this position. */
  lookAtOnceFor(position: number): void {
    this.wanted = Math.max(this.wanted, position);
    this.hurry.set();
    this.wake.set();
  }

  onLoss(error: Error): void {
    this.callbacks.onConnectionError(error);
    this.wake.set();
  }

  onNews(): void {
    this.wanted = Infinity;
    this.wake.set();
  }

  private async follow(): Promise<void> {
    while (!this.isEnding) {
      try {
        this.connection ??= await this.connector.open(this.log, this);
        await this.look(this.connection);
      } catch (error) {
        await this.disconnect();
        if (error instanceof LogMismatchError || error instanceof UnknownEventError) {
          this.callbacks.onFatal(error);
          return;
        }
        this.callbacks.onConnectionError(error as Error);
        await this.wake.wait(RECONNECT_PAUSE_MS);
      }
    }
  }

  private async look(connection: FollowedLog): Promise<void> {
    const begunAt = performance.now();
    const { mark, isOpen } = this.prefix;
    const wanted = begunAt - this.lastReadAt >= POLL_MS ? Infinity : this.wanted;
    if (wanted === Infinity) this.lastReadAt = begunAt;
    this.wanted = 0;
    const hasMore = await this.prefix.look(connection, wanted);
    const hasOpened = this.prefix.isOpen && !isOpen;
    const hasMoved = hasOpened || this.prefix.mark > mark;
    if (hasMoved) this.callbacks.onMove(hasOpened);
    if (hasMore) this.wanted = Infinity;
    else await this.rest(begunAt, hasMoved);
  }

  /** Waits until the next look is worth its round trip. */
  private async rest(begunAt: number, hasMoved: boolean): Promise<void> {
    const { isHeldUp, hasGap } = this.prefix;
    this.pauseAtHoleMs =
      hasMoved || !isHeldUp
        ? FIRST_PAUSE_AT_HOLE_MS
        : Math.min(this.pauseAtHoleMs * 2, LONGEST_PAUSE_AT_HOLE_MS);
    await this.wake.wait(isHeldUp ? this.pauseAtHoleMs : hasGap ? LINGER_MS : POLL_MS);
    const lingerMs = begunAt + LINGER_MS - performance.now();
    if (lingerMs > 0) await this.hurry.wait(lingerMs);
  }

  private async disconnect(): Promise<void> {
    this.wanted = Infinity;
    const lost = this.connection;
    this.connection = undefined;
    this.prefix.forgetWriters();
    await lost?.close();
  }
}
