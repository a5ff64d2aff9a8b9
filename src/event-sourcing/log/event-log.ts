import type pg from 'pg';
import type { EventRegistry } from '../kernel/event-registry.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { BatchReport } from '../runtime/monitor.js';
import { newId } from '../runtime/new-id.js';
import { NEWS_CHANNEL } from './announcer.js';
import type { Append } from './append/append.js';
import { AppendSender } from './append/append-sender.js';
import { GroupCommit, type StoredAppend } from './append/group-commit.js';
import { patiently } from './append/patience.js';
import type { PendingAppend } from './append/pending-append.js';
import { recordedEvents } from './append/recorded-events.js';
import { EventReader } from './event-reader.js';
import { HEAD_PATIENCE_MS, openLogPools, type LogPools } from './log-pools.js';
import { SnapshotTable } from './snapshot-table.js';

export interface EventLogOptions {
  /** How to connect to the command database. */
  readonly connection: pg.ClientConfig;
  /** How many batches of appends may be in flight at once. */
  readonly maxBatchesInFlight: number;
  /** How many appends at most share one batch. */
  readonly maxBatchSize: number;
  /** How long an append or a read waits for a log that cannot be reached, in milliseconds. */
  readonly patienceMs: number;
  /** Called with the report of each batch, when it is answered. */
  readonly onBatch?: (batch: BatchReport) => void;
}

/**
 * Called with the events that this process has stored, by position.
 * @param isComplete `false` if more was stored, whose positions are unknown because an earlier answer was lost
 */
export type StoredListener = (events: readonly RecordedEvent[], isComplete: boolean) => void;

const HEAD = {
  name: 'head',
  text: 'SELECT position::float8 FROM event_log ORDER BY event_log.position DESC LIMIT 1',
  rowMode: 'array',
} as const;

/**
 * The append-only log of events: what happened, and in which order. All that reads throws LogUnavailableError when
 * the log cannot be reached for `patienceMs`, and UnknownEventError for an event that no registered class describes.
 */
export class EventLog extends EventReader {
  /** Tells the announcements of this process from those of others. */
  readonly origin = newId();
  /** The stored snapshots of streams. @internal */
  readonly snapshots: SnapshotTable;
  private readonly pools: LogPools;
  private readonly groupCommit: GroupCommit;
  private readonly storedListeners = new Set<StoredListener>();

  /** @internal */
  constructor(
    /** @internal */
    readonly options: EventLogOptions,
    registry: EventRegistry,
    onConnectionError: (error: Error) => void,
  ) {
    const pools = openLogPools(options, onConnectionError);
    super(registry, (query) => patiently(() => pools.reads.query(query), options.patienceMs));
    this.pools = pools;
    // Without patience: whoever cannot have a snapshot folds the stream.
    this.snapshots = new SnapshotTable((query) => pools.reads.query(query));
    const sender = new AppendSender(pools.appends, registry, options.patienceMs);
    this.groupCommit = new GroupCommit(sender.send, {
      maxBatchesInFlight: options.maxBatchesInFlight,
      maxBatchSize: options.maxBatchSize,
      onStored: (stored) => {
        this.tellStored(stored);
      },
      ...(options.onBatch && { onBatch: options.onBatch }),
    });
  }

  /**
   * Stores all events of an append, or none. `result` resolves once that is decided and on disk.
   *
   * @param append what to store, and what must hold for it
   * @param buildsOn appends of this process on streams of `append` whose events it takes for granted
   * @returns rejects through `result` with UnknownEventError for an event of an unregistered class, and with
   *   LogUnavailableError when the log cannot be reached; whether the append was stored is unknown then
   */
  append(append: Append, buildsOn: readonly PendingAppend[] = []): PendingAppend {
    return this.groupCommit.enqueue(append, buildsOn);
  }

  /**
   * Calls `listener` whenever this process has stored something, before the results of the appends are awaited.
   * @returns the function that ends it
   */
  onStored(listener: StoredListener): () => void {
    this.storedListeners.add(listener);
    return () => this.storedListeners.delete(listener);
  }

  /**
   * The position of the last committed event, 0 where there is none.
   * @throws LogUnavailableError when it cannot be read within about 2 s
   */
  async lookUpHead(): Promise<number> {
    const { rows } = await patiently(() => this.pools.heads.query<[number]>(HEAD), HEAD_PATIENCE_MS);
    return rows[0]?.[0] ?? 0;
  }

  /** Notifies other processes that something was stored. */
  async announce(): Promise<void> {
    await this.pools.reads.query({
      name: 'announce',
      text: `SELECT pg_notify('${NEWS_CHANNEL}', $1)`,
      values: [this.origin],
    });
  }

  /** How many appends wait to be sent. */
  get waiting(): number {
    return this.groupCommit.waiting;
  }

  /** Waits for the appends in flight and closes all connections. */
  async close(): Promise<void> {
    await this.groupCommit.drained();
    const { appends, reads, heads } = this.pools;
    await Promise.all([appends.end(), reads.end(), heads.end()]);
  }

  private tellStored(stored: readonly StoredAppend[]): void {
    if (this.storedListeners.size === 0) return;
    const events = recordedEvents(stored, this.registry);
    const isComplete = stored.every(({ positions }) => positions !== undefined);
    for (const listener of this.storedListeners) listener(events, isComplete);
  }
}
