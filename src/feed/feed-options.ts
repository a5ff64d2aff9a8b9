/** Injects the {@link FeedOptions}. */
export const FEED_OPTIONS = Symbol('feed options');

/** How patient the feed is; all in milliseconds. */
export interface FeedOptions {
  /** Between two heartbeats. */
  readonly heartbeatMs: number;
  /** A reader that has not taken what was sent to it for so long is dropped. */
  readonly stallMs: number;
  /**
   * The answer to a report waits until the report can be read, for so long at most: somebody else's open transaction
   * may be in the way. Until then states in memory, such as prices in notices, may be without it.
   */
  readonly settleMs: number;
}

/** What holds unless a module is told otherwise. */
export const DEFAULT_FEED_OPTIONS: FeedOptions = { heartbeatMs: 15_000, stallMs: 30_000, settleMs: 1_000 };
