import type { RunQuery } from './event-reader.js';

/** Which snapshot is wanted. */
export interface SnapshotKey {
  readonly stream: string;
  /** Name of the decider's snapshots. */
  readonly decider: string;
  /** Identifies the fold. A snapshot of another fold is none. */
  readonly fold: string;
}

/** A snapshot as it is stored. */
export interface StoredSnapshot extends SnapshotKey {
  readonly version: number;
  /** Id of the event at this version. */
  readonly eventId: string;
  /** The state as JSON text. */
  readonly state: string;
  readonly checksum: string;
}

/** A snapshot whose last event is in the log. */
export interface FoundSnapshot extends StoredSnapshot {
  /** When its last event occurred, according to the log. */
  readonly occurredAt: Date;
}

type Cells = [
  index: number,
  version: number,
  eventId: string,
  state: string,
  checksum: string,
  occurredAtMs: number,
];

/**
 * The log confirms each snapshot: the event at its version must be the very event that the state ends with. So neither
 * a snapshot that is ahead of its stream nor one of another log is found, whatever was restored when. The statement is
 * not prepared: a plan that was made while the table was small would go on to scan all of it.
 */
const READ = {
  text: `
    SELECT w.index::int4, s.version, s.event_id, s.state, s.checksum, extract(epoch FROM l.occurred_at)::float8 * 1000
      FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS w(stream, decider, fold, index)
      JOIN stream_snapshot s ON s.stream = w.stream AND s.decider = w.decider AND s.fold = w.fold
      JOIN event_log l ON l.stream = s.stream AND l.version = s.version AND l.id = s.event_id`,
  rowMode: 'array',
} as const;

/**
 * Replaces the snapshot of a stream, unless that is a newer one of the same fold that the log confirms. Two processes
 * may write at the same moment. The commit does not wait for the disk: a lost snapshot is taken again.
 */
const WRITE = {
  text: `
    INSERT INTO stream_snapshot AS s (stream, decider, fold, version, event_id, state, checksum)
    SELECT l.stream, $2, $3, l.version, l.id, $6, $7
      FROM event_log l CROSS JOIN set_config('synchronous_commit', 'off', true)
     WHERE l.stream = $1 AND l.version = $4 AND l.id = $5
    ON CONFLICT (stream, decider) DO UPDATE
       SET fold = excluded.fold, version = excluded.version, event_id = excluded.event_id, state = excluded.state,
           checksum = excluded.checksum, written_at = excluded.written_at
     WHERE s.fold <> excluded.fold OR s.version <= excluded.version
        OR NOT EXISTS (SELECT FROM event_log l
                        WHERE l.stream = s.stream AND l.version = s.version AND l.id = s.event_id)`,
} as const;

/** The stored snapshots of streams, wherever they are. */
export type SnapshotStore = Pick<SnapshotTable, 'read' | 'write'>;

/** The stored snapshots of streams. */
export class SnapshotTable {
  constructor(private readonly run: RunQuery) {}

  /** @returns the usable snapshots, in the order of `keys`; `undefined` where there is none */
  async read(keys: readonly SnapshotKey[]): Promise<(FoundSnapshot | undefined)[]> {
    const values = [
      keys.map((key) => key.stream),
      keys.map((key) => key.decider),
      keys.map((key) => key.fold),
    ];
    const { rows } = await this.run<Cells>({ ...READ, values });
    const found = new Map(rows.map((cells) => [cells[0] - 1, cells]));
    return keys.map((key, index) => {
      const cells = found.get(index);
      if (!cells) return undefined;
      const [, version, eventId, state, checksum, occurredAtMs] = cells;
      return { ...key, version, eventId, state, checksum, occurredAt: new Date(Math.round(occurredAtMs)) };
    });
  }

  /** Stores a snapshot if its last event is in the log. */
  async write({ stream, decider, fold, version, eventId, state, checksum }: StoredSnapshot): Promise<void> {
    await this.run({ ...WRITE, values: [stream, decider, fold, version, eventId, state, checksum] });
  }
}
