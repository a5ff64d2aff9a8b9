import type pg from 'pg';
import type { EventRegistry } from '../kernel/event-registry.js';
import { NEWS_CHANNEL } from './announcer.js';
import { AppendSender } from './append/append-sender.js';
import type { SendBatch } from './append/group-commit.js';
import { patiently } from './append/patience.js';
import type { RunQuery } from './event-reader.js';
import { closeLog } from './log-closure.js';
import type { LogGuard } from './log-guard.js';
import { HEAD_PATIENCE_MS, openLogPools } from './log-pools.js';
import { SnapshotTable, type SnapshotStore } from './snapshot-table.js';

/** What a log needs of the place where it is stored. */
export interface LogStorage {
  /** Runs a statement that only reads. */
  readonly run: RunQuery;
  /** Stores a batch of appends. */
  readonly send: SendBatch;
  /** Waits until everything that was committed before is as durable as an acknowledged append. */
  confirm(): Promise<void>;
  /** The snapshots of streams. */
  readonly snapshots: SnapshotStore;
  /** The position of the last committed event, 0 where there is none. */
  lookUpHead(): Promise<number>;
  /** Notifies other processes that something was stored. */
  announce(origin: string): Promise<void>;
  /** Closes all connections. */
  close(): Promise<void>;
}

const HEAD = {
  name: 'head',
  text: 'SELECT position::float8 FROM event_log ORDER BY event_log.position DESC LIMIT 1',
  rowMode: 'array',
} as const;

/** Stores a log in PostgreSQL. @param onConnectionError called when a connection is lost between two statements */
export function postgresLog(
  options: {
    readonly connection: pg.ClientConfig;
    readonly channel?: string;
    readonly maxBatchesInFlight: number;
    readonly patienceMs: number;
  },
  registry: EventRegistry,
  guard: LogGuard,
  onConnectionError: (error: Error) => void,
): LogStorage {
  const { patienceMs, channel = NEWS_CHANNEL } = options;
  const { appends, reads, heads } = openLogPools(options, guard, onConnectionError);
  const place = { connection: options.connection, channel };
  const end = new AbortController();
  guard.onFailure((_, lost) => {
    if (lost !== undefined) closeLog(place, guard, end.signal, onConnectionError).catch(onConnectionError);
  });
  const sender = new AppendSender(appends, registry, patienceMs);
  return {
    run: (query) => patiently(() => reads.query(query), patienceMs),
    send: sender.send,
    confirm: sender.confirm,
    // Without patience: whoever cannot have a snapshot folds the stream.
    snapshots: new SnapshotTable((query) => reads.query(query)),
    async lookUpHead() {
      const { rows } = await patiently(() => heads.query<[number]>(HEAD), HEAD_PATIENCE_MS);
      return rows[0]?.[0] ?? 0;
    },
    async announce(origin) {
      await reads.query({
        name: 'announce',
        text: 'SELECT pg_notify($1, $2)',
        values: [channel, origin],
      });
    },
    async close() {
      end.abort();
      await Promise.all([appends.end(), reads.end(), heads.end()]);
    },
  };
}
