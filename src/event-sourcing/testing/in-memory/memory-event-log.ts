import type { Versioned } from '../../kernel/decider.js';
import type { EventRegistry } from '../../kernel/event-registry.js';
import type { EventMetadata, RecordedEvent } from '../../kernel/recorded-event.js';
import type { AppendRepeated } from '../../log/append/append.js';
import { EventLog, type EventLogOptions } from '../../log/event-log.js';
import type { LogEntry, StreamTail } from '../../log/event-reader.js';
import { LogGuard } from '../../log/log-guard.js';
import type { LogStorage } from '../../log/log-storage.js';
import type { FollowedLog, LogConnector } from '../../log/settled/log-connection.js';
import type { SnapshotStore } from '../../log/snapshot-table.js';
import type { MemoryEvent, MemoryLog } from './memory-log.js';
import { nextTurn } from './storable.js';

/** The options of a log that has no connections. */
export type MemoryLogOptions = Pick<
  EventLogOptions,
  'maxBatchesInFlight' | 'maxBatchSize' | 'onBatch' | 'tracing'
>;

/** What a log stores in memory. */
export interface LogMemory {
  readonly log: MemoryLog;
  readonly snapshots: SnapshotStore;
}

/** An event log in memory. Appends take the same way as those to PostgreSQL, up to the batch. */
export class MemoryEventLog extends EventLog {
  private readonly memory: MemoryLog;

  constructor(parts: LogMemory, options: MemoryLogOptions, registry: EventRegistry) {
    const unconnected = { ...options, connection: {}, patienceMs: 0 };
    super(unconnected, registry, () => undefined, new LogGuard(), storageOf(parts, registry));
    this.memory = parts.log;
  }

  override async readStream(
    stream: string,
    { after = 0, limit = Infinity }: { after?: number; limit?: number } = {},
  ): Promise<RecordedEvent[]> {
    return this.read(() => this.memory.stream(stream).slice(after, after + limit));
  }

  override async readStreams(tails: readonly StreamTail[]): Promise<RecordedEvent[]> {
    return this.read(() => tails.flatMap(({ stream, after }) => this.memory.stream(stream).slice(after)));
  }

  override async readRange(after: number, upTo: number, limit: number): Promise<RecordedEvent[]> {
    return this.read(() => this.memory.events.slice(after, Math.min(upTo, after + limit)));
  }

  override async readRangeFor(
    types: ReadonlySet<string>,
    { after, upTo }: { readonly after: number; readonly upTo: number },
    limit: number,
  ): Promise<RecordedEvent[]> {
    const others = new Set(this.registry.storedNamesExcept(types));
    const page = (): MemoryEvent[] => this.memory.events.slice(after, Math.min(upTo, after + limit));
    return this.read(() =>
      page().filter(
        ({ type, schemaVersion }, index, { length }) =>
          !others.has(`${type}/${schemaVersion}`) || index === length - 1,
      ),
    );
  }

  override async readRangeOfType(
    { after, upTo }: { readonly after: number; readonly upTo: number },
    type: string,
    limit: number,
  ): Promise<RecordedEvent[]> {
    const ofType = (event: MemoryEvent): boolean => event.type === type;
    return this.read(() => this.memory.events.slice(after, upTo).filter(ofType).slice(0, limit));
  }

  override async readPositions(positions: readonly number[]): Promise<RecordedEvent[]> {
    return this.read(() => this.at(positions));
  }

  override async readIds(ids: readonly string[]): Promise<RecordedEvent[]> {
    const found = (): MemoryEvent[] => [...new Set(ids)].flatMap((id) => this.memory.withId(id) ?? []);
    return this.read(() => found().sort((a, b) => a.position - b.position));
  }

  override async lastEntry(upTo = Infinity): Promise<LogEntry | undefined> {
    await nextTurn();
    const last = this.memory.events[Math.min(upTo, this.memory.events.length) - 1];
    return last && { position: last.position, id: last.id };
  }

  override async idsAt(positions: readonly number[]): Promise<ReadonlyMap<number, string>> {
    await nextTurn();
    return new Map(this.at(positions).map(({ position, id }) => [position, id]));
  }

  override async positionAhead(after: number, upTo: number, count: number): Promise<number> {
    await nextTurn();
    return Math.min(after + count, upTo);
  }

  override async endOfStream(stream: string): Promise<Pick<Versioned<unknown>, 'version' | 'occurredAt'>> {
    await nextTurn();
    const last = this.memory.stream(stream).at(-1);
    return { version: last?.version ?? 0, occurredAt: last && new Date(last.occurredAt) };
  }

  override async versionAt(stream: string, position: number): Promise<number> {
    await nextTurn();
    return this.memory.stream(stream).filter((event) => event.position <= position).length;
  }

  override async outcomeOf(commandId: string): Promise<AppendRepeated | undefined> {
    await nextTurn();
    return this.memory.outcomeOf(commandId);
  }

  private at(positions: readonly number[]): MemoryEvent[] {
    const inOrder = [...new Set(positions)].sort((a, b) => a - b);
    return inOrder.flatMap((position) => this.memory.events[position - 1] ?? []);
  }

  private async read(find: () => readonly MemoryEvent[]): Promise<RecordedEvent[]> {
    await nextTurn();
    return find().map((stored) => this.recordedOf(stored));
  }

  private recordedOf({
    type,
    schemaVersion,
    data,
    metadata,
    occurredAt,
    ...place
  }: MemoryEvent): RecordedEvent {
    return {
      ...place,
      occurredAt: new Date(occurredAt),
      metadata: JSON.parse(metadata) as EventMetadata,
      event: this.registry.rebuild(type, schemaVersion, JSON.parse(data) as Record<string, unknown>),
    };
  }
}

/** Opens a log in memory to follow it. */
export function memoryConnector({ id: logId }: MemoryLog): LogConnector {
  const open = (log: EventLog): Promise<FollowedLog> =>
    Promise.resolve({
      logId,
      top: () => log.lastEntry(),
      range: (...place) => log.readRange(...place),
      writers: () => Promise.resolve(new Set<string>()),
      close: () => Promise.resolve(),
    });
  return { open };
}

function storageOf({ log: memory, snapshots }: LogMemory, registry: EventRegistry): LogStorage {
  return {
    run: () => Promise.reject(new Error('There is no SQL in memory. Run this test with PostgreSQL.')),
    snapshots,
    async send(entries) {
      await nextTurn();
      return memory.store(entries, registry);
    },
    confirm: () => Promise.resolve(),
    lookUpHead: () => Promise.resolve(memory.events.length),
    announce: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
