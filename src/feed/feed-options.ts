/** Injects the {@link FeedOptions}. */
export const FEED_OPTIONS = Symbol('feed options');

/** How live streams behave; all in milliseconds. */
export interface FeedOptions {
  /** Between two heartbeats. */
  readonly heartbeatMs: number;
  /** A reader that has not taken what was sent to it for so long is dropped. */
  readonly stallMs: number;
  /** A reader has so long to take the rest when the service stops. */
  readonly endMs: number;
}

/** What holds unless a module is told otherwise. */
export const DEFAULT_FEED_OPTIONS: FeedOptions = { heartbeatMs: 15_000, stallMs: 30_000, endMs: 1_000 };
