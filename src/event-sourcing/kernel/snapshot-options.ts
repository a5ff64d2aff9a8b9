/**
 * How snapshots of a decider's states are taken. A snapshot spares a reader the events before it. It is never more
 * than that: the log stays the only truth, and a snapshot that does not match it is ignored.
 */
export interface SnapshotOptions<State> {
  /** A snapshot is taken after this many further events of a stream. */
  readonly every: number;
  /**
   * Version of the fold, from 1 on. Raise it whenever the same events lead to another state: when `evolve`, a function
   * that it calls, or the shape of the state changes. Snapshots of other versions are ignored and replaced.
   */
  readonly version: number;
  /**
   * Stable name under which the snapshots are stored. By default it is the category, so a second decider of the
   * category needs a name of its own.
   */
  readonly name?: string;
  /** Converts a state to a JSON value. By default the state is one. */
  serialize?(state: State): unknown;
  /** Converts the JSON value back. The result must equal the state deeply. */
  parse?(json: unknown): State;
}
