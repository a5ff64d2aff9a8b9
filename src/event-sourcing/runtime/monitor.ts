/** The outcome of a command: `done`, `refused` by a rule of the domain, or `failed` because of a fault. */
export type CommandFate = 'done' | 'refused' | 'failed';

/** A batch of appends that was answered. */
export interface BatchReport {
  /** How many appends it had. */
  readonly appends: number;
  /** How many of them met another version or a locked stream; they are decided or sent again. */
  readonly conflicts: number;
  /** Milliseconds from sending to the answer. */
  readonly ms: number;
}

/** What became of a snapshot. */
export interface SnapshotReport {
  /** Name of the stream. */
  readonly stream: string;
  /** Name of the decider's snapshots. */
  readonly decider: string;
  /**
   * `written`; `failed` if it was not written; `ignored` if a stored one is damaged or could not be read, so that the
   * stream was folded from its first event.
   */
  readonly fate: 'written' | 'failed' | 'ignored';
  /** Why it was not written or not used; `undefined` if it was written. */
  readonly error?: unknown;
}

/** Connections of a pool: all of them, those without work, and the callers that wait for one. */
export interface ConnectionCount {
  /** The database of the pool. */
  readonly database: 'command' | 'query';
  /** What is counted. */
  readonly state: 'total' | 'idle' | 'waiting';
  /** How many there are. */
  readonly count: number;
}

/** A read replica of the query database. */
export interface MeasuredReplica {
  /** Host and port. */
  readonly place: string;
  /** Whether queries use it. */
  readonly isUp: boolean;
  /** For each projection, the positions between its checkpoint on the replica and the settled log, by name. */
  readonly lags: ReadonlyMap<string, number>;
}

/** The state of a subscription, as a monitor shows it. */
export interface MeasuredSubscription {
  /** Stable name. */
  readonly name: string;
  /** `projection`, `handler`, `saga` or `relay`. */
  readonly kind: string;
  /** How it stands across all processes. */
  readonly state: string;
  /** Positions between it and the head of the log. */
  readonly lag: number;
  /** Age of the oldest event that was not delivered yet, in seconds. */
  readonly lagSeconds: number;
  /** Number of parked events and commands, with those that wait behind them. */
  readonly parked: number;
}

/** What a monitor can ask of this process at any time. */
export interface Measures {
  /** Subscriptions that run in this process. */
  readonly held: number;
  /** Appends of this process that wait to be sent. */
  readonly waiting: number;
  /** Whether the log holds events that the code of this process does not know. */
  readonly isOutdated: boolean;
  /** Whether the log has lost events, so that this process does not use it any more. */
  readonly hasLostEvents: boolean;
  /** The connections of both pools. */
  readonly connections: readonly ConnectionCount[];
  /** The read replicas of the query database. */
  readonly replicas: readonly MeasuredReplica[];
  /** The subscriptions of all processes. @throws whatever the databases throw while they are out of reach */
  statuses(): Promise<readonly MeasuredSubscription[]>;
}

/** Counts commands and batches. It is called during the work, so it must be fast and must not throw. */
export interface Monitor {
  /**
   * A command was executed in this process, sent by code or stored.
   * @param type its stable name, or the name of its class if it has none
   * @param ms how long it took, in milliseconds
   */
  onCommand(type: string, fate: CommandFate, ms: number): void;
  /** A batch of appends was sent to the log, and answered. */
  onBatch(batch: BatchReport): void;
  /**
   * The module starts.
   * @param measures what the monitor may read from then on
   */
  onStart?(measures: Measures): void;
  /** A snapshot was written, or one could not be written or used. Left out, nothing is reported. */
  onSnapshot?(report: SnapshotReport): void;
  /**
   * A query read tables of a view, because the rows were not in memory or because it lists them.
   * @param from host and port of the replica, or `primary`
   */
  onViewRead?(from: string): void;
}

export const NO_MONITOR: Monitor = { onCommand: () => undefined, onBatch: () => undefined };
