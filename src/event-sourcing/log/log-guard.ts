import type pg from 'pg';
import { sqlState } from '../postgres/database-errors.js';
import type { LogEntry } from './event-reader.js';
import { KnownEvents } from './known-events.js';
import { inspectLog, LogMismatchError, type FoundLog, type LogServer } from './log-identity.js';

/** The error code with which a closed log refuses appends. The migration `CloseEventLog` sets it. */
const LOG_IS_CLOSED = 'DC001';

/** A connection that does not lead to the present primary. It counts as lost; another one may be better. */
export class NotPrimaryError extends Error {
  override readonly name = 'NotPrimaryError';
  /** PostgreSQL's code of a server that cannot serve now. */
  readonly code = '57P03';
}

/**
 * Admits connections to the log, and stops this process when the log has lost events.
 *
 * A failover to an asynchronous standby loses the last commits. So each new connection must show, before its first
 * statement, that the log behind it still holds the last events that this process saw or acknowledged. When a
 * connection leads to a new primary, all connections to the former one stop counting, so that nothing is acknowledged
 * that the new primary does not have.
 */
export class LogGuard {
  /** Why this process no longer uses the log; `undefined` while it does. */
  failure: LogMismatchError | undefined;
  private logId: string | undefined;
  private primary: LogServer | undefined;
  private readonly known = new KnownEvents();
  private readonly servers = new WeakMap<pg.ClientBase, LogServer>();
  private readonly listeners = new Set<(failure: LogMismatchError, position: number | undefined) => void>();

  /** @param cli the shell command of the command line for operators, for messages */
  constructor(private readonly cli = 'npx durable-cqrs') {}

  /** Identifies the log; empty before the first connection. */
  get identity(): string {
    return this.logId ?? '';
  }

  /** The highest position that this process knows. */
  get lastPosition(): number {
    return this.known.lastPosition;
  }

  /** The events that this process has seen or acknowledged last. */
  get knownEvents(): readonly LogEntry[] {
    return this.known.entries;
  }

  /** Takes note of events that were acknowledged, or read where nothing changes any more. */
  remember(events: readonly LogEntry[]): void {
    this.known.add(events);
  }

  /**
   * Calls `listener` once, when this process stops using the log.
   * @param listener gets the position of the lost event if events were lost
   */
  onFailure(listener: (failure: LogMismatchError, lost: number | undefined) => void): void {
    this.listeners.add(listener);
  }

  /**
   * Compares the log behind a new connection with what this process knows.
   * @throws LogMismatchError when it is not the log that it was; the process has stopped using it then
   * @throws NotPrimaryError for a standby, and for a primary that another one has replaced
   */
  async admit(client: pg.ClientBase): Promise<void> {
    for (;;) {
      this.assertSound();
      const found = await inspectLog(client, this.knownEvents);
      const { server } = found;
      if (server === null) throw new NotPrimaryError('The server is a standby. Connect to the primary.');
      this.judge(found);
      const { primary } = this;
      if (primary && isSame(primary, server)) {
        this.servers.set(client, primary);
        return;
      }
      if (primary && isOlder(server, primary)) {
        throw new NotPrimaryError('The server is a former primary, which another one has replaced.');
      }
      // From here on, connections to the former primary do not count. Until now they did: compare once more.
      this.primary = server;
    }
  }

  /**
   * Must be called when an answer has arrived on a connection, before it is used.
   * @throws LogMismatchError when this process has stopped using the log
   * @throws NotPrimaryError when the connection leads to a former primary
   */
  assertCurrent(client: pg.ClientBase): void {
    this.assertSound();
    if (this.servers.get(client) !== this.primary)
      throw new NotPrimaryError('Another server has become the primary.');
  }

  /** @throws LogMismatchError when this process has stopped using the log */
  assertSound(): void {
    if (this.failure) throw this.failure;
  }

  /** @returns the error to throw for an error of a statement; a refusal by a closed log stops this process */
  explain(error: unknown): unknown {
    if (sqlState(error) !== LOG_IS_CLOSED) return error;
    return this.fail((error as Error).message);
  }

  private judge({ id, isBehind, closedBecause, lost }: FoundLog): void {
    if (id === null) {
      throw this.fail(
        'The event log has no identity: the table event_log_identity is empty. Restore the row from a backup.',
      );
    }
    this.logId ??= id;
    if (id !== this.logId) {
      throw this.fail(
        `The connection now leads to the event log ${id}; before, it was ${this.logId}. Restart the process.`,
      );
    }
    if (closedBecause !== null) throw this.fail(closedBecause);
    if (lost !== null) {
      throw this.fail(
        `The event log has lost events: the event at position ${lost}, which was acknowledged or delivered, is no longer ` +
          'there. A standby that lacked events was promoted, or an older backup was restored. Connect to a server that has ' +
          `them and restart, or run "${this.cli} accept-loss" and restart.`,
        lost,
      );
    }
    if (isBehind) {
      throw this.fail(
        'The sequence event_position is behind the event log, as after a partial restore. Correct it with: ' +
          "SELECT setval('event_position', max(position)) FROM event_log;",
      );
    }
  }

  private fail(message: string, lost?: number): LogMismatchError {
    if (this.failure) return this.failure;
    const failure = new LogMismatchError(message);
    this.failure = failure;
    for (const listener of this.listeners) listener(failure, lost);
    return failure;
  }
}

function isSame(one: LogServer, other: LogServer): boolean {
  return one.system === other.system && one.timeline === other.timeline;
}

function isOlder(one: LogServer, other: LogServer): boolean {
  return one.system === other.system && one.timeline < other.timeline;
}
