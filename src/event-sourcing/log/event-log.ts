import pg from 'pg';
import type { EventRegistry } from '../kernel/event-registry.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { BatchReport } from '../runtime/monitor.js';
import { NEWS_CHANNEL } from './announcer.js';
import type { Append, AppendResult } from './append/append.js';
import { AppendSender } from './append/append-sender.js';
import { EventReader, type StreamTail } from './event-reader.js';
import { withSettings } from '../postgres/session-settings.js';
import { GroupCommit } from './append/group-commit.js';
import { newId } from '../runtime/new-id.js';
import type { PendingAppend } from './append/pending-append.js';
import { recordedEvents } from './append/recorded-events.js';
import { patiently } from './append/patience.js';

export interface EventLogOptions {
  /** Where the command database is. */
  readonly connectionString: string;
  /** How many batches of appends may be on their way at once. */
  readonly maxBatchesInFlight: number;
  /** How many appends at most share one batch. */
  readonly maxBatchSize: number;
  /** How long an append or a read may wait for a log that is out of reach, in milliseconds. */
  readonly patienceMs: number;
  /** Called with what became of each batch, when it is answered. */
  readonly onBatch?: (batch: BatchReport) => void;
}

/** Readers wait for the head, and do without when it does not come. */
const HEAD_PATIENCE_MS = 2_000;

/** Connections beyond those of the batches: for appends that wait for a lock of another process. */
const CONNECTIONS_FOR_WAITING = 4;
const READ_CONNECTIONS = 4;

/** A statement is given up in time for a second try: the other end may be gone without a word. */
const ATTEMPTS = 2;
/** The server is to give up first, as its answer says more. */
const LATER_MS = 250;

const HEAD = {
  name: 'head',
  text: 'SELECT position::float8 FROM event_log ORDER BY event_log.position DESC LIMIT 1',
  rowMode: 'array',
} as const;

/** The append-only log of events: what happened, and in which order. */
export class EventLog {
  /** Tells the announcements of this process from those of others. */
  readonly origin = newId();
  private readonly appends: pg.Pool;
  private readonly reads: pg.Pool;
  /** One connection of its own, so that no crowd of other readers delays it. */
  private readonly heads: pg.Pool;
  private readonly reader: EventReader;
  private readonly groupCommit: GroupCommit;
  private readonly storedListeners = new Set<(events: readonly RecordedEvent[]) => void>();

  constructor(
    readonly options: EventLogOptions,
    readonly registry: EventRegistry,
    onConnectionError: (error: Error) => void,
  ) {
    const pool = (max: number, name: string, patienceMs = options.patienceMs): pg.Pool => {
      const attemptMs = Math.ceil(patienceMs / ATTEMPTS);
      return new pg.Pool({
        connectionString: withSettings(options.connectionString),
        max,
        application_name: name,
        keepAlive: true,
        allowExitOnIdle: true,
        connectionTimeoutMillis: attemptMs,
        statement_timeout: attemptMs,
        query_timeout: attemptMs + LATER_MS,
      }).on('error', onConnectionError);
    };
    this.appends = pool(options.maxBatchesInFlight + CONNECTIONS_FOR_WAITING, 'event-log append');
    this.reads = pool(READ_CONNECTIONS, 'event-log read');
    this.heads = pool(1, 'event-log head', HEAD_PATIENCE_MS);
    this.reader = new EventReader(registry);
    const sender = new AppendSender(this.appends, registry, options.patienceMs);
    this.groupCommit = new GroupCommit(sender.send, {
      maxBatchesInFlight: options.maxBatchesInFlight,
      maxBatchSize: options.maxBatchSize,
      onStored: (stored) => {
        if (this.storedListeners.size === 0) return;
        const events = recordedEvents(stored, registry);
        for (const listener of this.storedListeners) listener(events);
      },
      ...(options.onBatch && { onBatch: options.onBatch }),
    });
  }

  /**
   * Stores all events of an append, or none. `result` resolves once that is decided and on disk.
   *
   * @param append what to store, and what must hold for it
   * @param buildsOn appends of this process on streams that `append` writes, whose events it takes for granted
   * @throws UnknownEventError (through `result`) for an event of an unregistered class
   * @throws LogUnavailableError (through `result`) when the log stays out of reach; whether it was stored is unknown then
   */
  append(append: Append, buildsOn: readonly PendingAppend[] = []): PendingAppend {
    return this.groupCommit.enqueue(append, buildsOn);
  }

  /**
   * Has `listener` called whenever this process has stored something, with the events whose positions it was told, by position. Whoever
   * waits for the append is told later. Returns the function that ends it.
   */
  onStored(listener: (events: readonly RecordedEvent[]) => void): () => void {
    this.storedListeners.add(listener);
    return () => this.storedListeners.delete(listener);
  }

  /** Events of one stream, by version. `after` is a version, exclusive; without `limit` all of them. */
  async readStream(
    stream: string,
    { after = 0, limit }: { after?: number; limit?: number } = {},
  ): Promise<RecordedEvent[]> {
    if (limit === undefined) return this.readStreams([{ stream, after }]);
    return this.patiently(() => this.reader.stream(this.reads, stream, after, limit));
  }

  /** Events of several streams in one round trip; those of one stream lie together, by version. */
  async readStreams(tails: readonly StreamTail[]): Promise<RecordedEvent[]> {
    return this.patiently(() => this.reader.streams(this.reads, tails));
  }

  /**
   * Events by position. Take `upTo` from `SettledLog`: beyond its mark a range may still fill up behind a reader.
   * @param after position, exclusive
   * @param upTo position, inclusive
   */
  async readRange(after: number, upTo: number, limit: number): Promise<RecordedEvent[]> {
    return this.patiently(() => this.reader.range(this.reads, after, upTo, limit));
  }

  /** The events at these positions, in order; those that are not there are left out. */
  async readPositions(positions: readonly number[]): Promise<RecordedEvent[]> {
    return this.patiently(() => this.reader.positions(this.reads, positions));
  }

  /** As `readRange`, of one type only. All of the range is looked at, so keep it short. */
  async readRangeOfType(
    range: { readonly after: number; readonly upTo: number },
    type: string,
    limit: number,
  ): Promise<RecordedEvent[]> {
    return this.patiently(() => this.reader.rangeOfType(this.reads, range, type, limit));
  }

  /** The events that have these ids, by position; what is not stored is left out. */
  async readIds(ids: readonly string[]): Promise<RecordedEvent[]> {
    return this.patiently(() => this.reader.withIds(this.reads, ids));
  }

  /**
   * The position of the last committed event, 0 where there is none.
   * @throws LogUnavailableError when it does not come within about 2 s
   */
  async lookUpHead(): Promise<number> {
    const { rows } = await patiently(() => this.heads.query<[number]>(HEAD), HEAD_PATIENCE_MS);
    return rows[0]?.[0] ?? 0;
  }

  /** How many events a stream has; 0 where there is none. */
  async streamVersion(stream: string): Promise<number> {
    const { rows } = await this.query<{ version: number }>(
      'SELECT version FROM event_log WHERE stream = $1 ORDER BY version DESC LIMIT 1',
      [stream],
    );
    return rows[0]?.version ?? 0;
  }

  /** What came of a remembered command, as a repeat of its append would be told; `undefined` where there was none. */
  async outcomeOf(commandId: string): Promise<Extract<AppendResult, { status: 'repeated' }> | undefined> {
    const { rows } = await this.query<{ fingerprint: string; outcome: unknown }>(
      'SELECT fingerprint, outcome FROM command_outcome WHERE command_id = $1',
      [commandId],
    );
    const [row] = rows;
    return row && { status: 'repeated', ...row };
  }

  /**
   * Runs a statement that only reads.
   * @throws LogUnavailableError when the log stays out of reach, like all that reads
   */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<pg.QueryResult<Row>> {
    return this.patiently(() => this.reads.query<Row>(text, values));
  }

  /** Tells other processes that something was stored. */
  async announce(): Promise<void> {
    await this.reads.query({
      name: 'announce',
      text: `SELECT pg_notify('${NEWS_CHANNEL}', $1)`,
      values: [this.origin],
    });
  }

  /** Appends waiting to be sent. */
  get waiting(): number {
    return this.groupCommit.waiting;
  }

  /** Waits for the appends under way and closes all connections. */
  async close(): Promise<void> {
    await this.groupCommit.drained();
    await Promise.all([this.appends.end(), this.reads.end(), this.heads.end()]);
  }

  private async patiently<T>(work: () => Promise<T>): Promise<T> {
    return patiently(work, this.options.patienceMs);
  }
}
