/** The requests of one call: one connection sends them one after the other. */
export type CallRequests = readonly string[];

/** What a scenario works on. */
export interface Shop {
  /** Where carts are opened and filled; `importProducts` was called there. */
  readonly writeOrigin: string;
}

/** Something that clients do, measured as calls of many connections in a closed loop. */
export interface Scenario {
  /** Short, for the command line. */
  readonly name: string;
  /** For tables. */
  readonly title: string;
  /** Calls of one measurement. */
  readonly calls: number;
  /** Whether each request can be sent once only. Others are repeated, so that a fast subject is measured long enough. */
  readonly once?: boolean;
  /** Whether a refusal is a result; otherwise it is an error. */
  readonly mayRefuse?: boolean;
  /** Whether the program is restarted before each measurement, so that it has seen none of the carts. */
  readonly restarts?: boolean;
  /**
   * Opens what all measurements have in common.
   * @param most calls that the largest measurement, or the warm-up, makes
   * @returns a function that makes the calls for one measurement. They are repeated when it returns less than `count`.
   */
  prepare(shop: Shop, most: number): Promise<MakeCalls>;
}

export type MakeCalls = (count: number) => Promise<readonly CallRequests[]> | readonly CallRequests[];
