/** Injects the {@link FeedOptions}. */
export const FEED_OPTIONS = Symbol('feed options');

/** The times of the feed, in milliseconds. */
export interface FeedOptions {
  /** The time between two heartbeats. */
  readonly heartbeatMs: number;
  /** A reader that has read nothing for this time is dropped. */
  readonly stallMs: number;
  /**
   * The answer to a report waits at most this time until the report is settled, because an open transaction may delay
   * that. Until then, states in memory may lack the report, such as prices in notices.
   */
  readonly settleMs: number;
}

/** The default times. */
export const DEFAULT_FEED_OPTIONS: FeedOptions = { heartbeatMs: 15_000, stallMs: 30_000, settleMs: 1_000 };
