import type pg from 'pg';
import type { EventRegistry } from '../kernel/event-registry.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { BatchReport } from '../runtime/monitor.js';
import type { Tracing } from '../runtime/tracing.js';
import { newId } from '../runtime/new-id.js';
import { NEWS_CHANNEL } from './announcer.js';
import type { Append, AppendRepeated } from './append/append.js';
import { GroupCommit, type StoredAppend } from './append/group-commit.js';
import type { PendingAppend } from './append/pending-append.js';
import { recordedEvents } from './append/recorded-events.js';
import { EventReader } from './event-reader.js';
import { LogGuard } from './log-guard.js';
import type { LogMismatchError } from './log-identity.js';
import { postgresLog, type LogStorage } from './log-storage.js';
import type { SnapshotStore } from './snapshot-table.js';

export interface EventLogOptions {
  /** How to connect to the command database. */
  readonly connection: pg.ClientConfig;
  /** The channel on which processes announce that they have stored events. By default `NEWS_CHANNEL`. */
  readonly channel?: string;
  /** How many batches of appends may be in flight at once. */
  readonly maxBatchesInFlight: number;
  /** How many appends at most share one batch. */
  readonly maxBatchSize: number;
  /** How long an append or a read waits for a log that cannot be reached, in milliseconds. */
  readonly patienceMs: number;
  /** The shell command of the command line for operators, for messages. By default `npx durable-cqrs`. */
  readonly cli?: string;
  /** Called with the report of each batch, when it is answered. */
  readonly onBatch?: (batch: BatchReport) => void;
  /** Records spans of appends. By default there are none. */
  readonly tracing?: Tracing | undefined;
}

/**
 * Called with the events that this process has stored, by position.
 * @param isComplete `false` if more was stored, whose positions are unknown because an earlier answer was lost
 */
export type StoredListener = (events: readonly RecordedEvent[], isComplete: boolean) => void;

/**
 * The append-only log of events: what happened, and in which order. All that reads throws LogUnavailableError when
 * the log cannot be reached for `patienceMs`, LogMismatchError when it has lost events, and UnknownEventError for an event that no registered class describes.
 */
export class EventLog extends EventReader {
  /** Tells the announcements of this process from those of others. */
  readonly origin = newId();
  /** The stored snapshots of streams. @internal */
  readonly snapshots: SnapshotStore;
  private readonly groupCommit: GroupCommit;
  private readonly storedListeners = new Set<StoredListener>();

  /**
   * @param guard admits the connections
   * @param storage where the log is stored; by default PostgreSQL
   * @internal
   */
  constructor(
    /** @internal */
    readonly options: EventLogOptions,
    registry: EventRegistry,
    onConnectionError: (error: Error) => void,
    /** @internal */
    readonly guard: LogGuard = new LogGuard(options.cli),
    private readonly storage: LogStorage = postgresLog(options, registry, guard, onConnectionError),
  ) {
    super(registry, storage.run);
    this.snapshots = storage.snapshots;
    this.groupCommit = new GroupCommit(storage.send, {
      maxBatchesInFlight: options.maxBatchesInFlight,
      maxBatchSize: options.maxBatchSize,
      onStored: (stored) => {
        this.tellStored(stored);
      },
      ...(options.onBatch && { onBatch: options.onBatch }),
      tracing: options.tracing,
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
    return this.storage.lookUpHead();
  }

  override async outcomeOf(commandId: string): Promise<AppendRepeated | undefined> {
    const outcome = await super.outcomeOf(commandId);
    if (outcome) await this.storage.confirm();
    return outcome;
  }

  /** The channel of the announcements. @internal */
  get channel(): string {
    return this.options.channel ?? NEWS_CHANNEL;
  }

  /** Notifies other processes that something was stored. */
  async announce(): Promise<void> {
    await this.storage.announce(this.origin);
  }

  /** Why this process has stopped using the log, for good: it lost events, or is another one. `undefined` otherwise. */
  get failure(): LogMismatchError | undefined {
    return this.guard.failure;
  }

  /** How many appends wait to be sent. */
  get waiting(): number {
    return this.groupCommit.waiting;
  }

  /** Waits for the appends in flight and closes all connections. */
  async close(): Promise<void> {
    await this.groupCommit.drained();
    await this.storage.close();
  }

  private tellStored(stored: readonly StoredAppend[]): void {
    const events = recordedEvents(stored, this.registry);
    this.guard.remember(events);
    const isComplete = stored.every(({ positions }) => positions !== undefined);
    for (const listener of this.storedListeners) listener(events, isComplete);
  }
}
