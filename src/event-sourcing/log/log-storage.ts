import type pg from 'pg';
import type { EventRegistry } from '../kernel/event-registry.js';
import { NEWS_CHANNEL } from './announcer.js';
import { AppendSender } from './append/append-sender.js';
import type { SendBatch } from './append/group-commit.js';
import { patiently } from './append/patience.js';
import type { RunQuery } from './event-reader.js';
import { HEAD_PATIENCE_MS, openLogPools } from './log-pools.js';
import { SnapshotTable, type SnapshotStore } from './snapshot-table.js';

/** What a log needs of the place where it is stored. */
export interface LogStorage {
  /** Runs a statement that only reads. */
  readonly run: RunQuery;
  /** Stores a batch of appends. */
  readonly send: SendBatch;
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
  onConnectionError: (error: Error) => void,
): LogStorage {
  const { patienceMs, channel = NEWS_CHANNEL } = options;
  const { appends, reads, heads } = openLogPools(options, onConnectionError);
  return {
    run: (query) => patiently(() => reads.query(query), patienceMs),
    send: new AppendSender(appends, registry, patienceMs).send,
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
      await Promise.all([appends.end(), reads.end(), heads.end()]);
    },
  };
}
