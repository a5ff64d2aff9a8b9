import { Logger } from '@nestjs/common';
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import { HttpProblem } from '../http/problems/problem.js';

/** What JWTs are verified with. */
export interface Keys {
  readonly keyFor: JWTVerifyGetKey;
  current(): number | undefined;
  ready(): Promise<number>;
  renew(generation: number, begunAt: number): Promise<number>;
  onChange(listener: () => void): () => void;
}

/** How long keys are used; all in milliseconds. */
export interface KeySetTimes {
  /** Keys that are in use are fetched again when they are so old, without a request waiting for it. */
  readonly refreshMs: number;
  /** Older keys verify nothing: requests wait for new ones. */
  readonly trustMs: number;
  /** The least time between two fetches that failures lead to. */
  readonly cooldownMs: number;
}

const DEFAULT_TIMES: KeySetTimes = { refreshMs: 60_000, trustMs: 600_000, cooldownMs: 1_000 };

/**
 * The public keys at a URL. They are fetched when first needed and then every minute while in use, so a key that is taken away
 * there is refused here soon. While the URL is out of reach, the last keys count for ten minutes. Ages are measured by the
 * monotonic clock.
 */
export class KeySet implements Keys {
  private readonly log = new Logger(KeySet.name);
  private readonly times: KeySetTimes;
  private readonly remote: ReturnType<typeof createRemoteJWKSet>;
  private readonly listeners = new Set<() => void>();
  /** Which keys these are: it rises whenever others are fetched. */
  private generation = 0;
  private text: string | undefined;
  private fetchedAt = -Infinity;
  private failedAt = -Infinity;
  private renewedAt = -Infinity;
  private fetching: Promise<void> | undefined;

  constructor(url: string, times: Partial<KeySetTimes> = {}) {
    this.times = { ...DEFAULT_TIMES, ...times };
    // The library measures ages by the wall clock, so it is told that keys never grow old, and when to fetch them.
    this.remote = createRemoteJWKSet(new URL(url), { cacheMaxAge: Infinity, cooldownDuration: Infinity });
  }

  /** The key for the header of a token, by the keys there are. Await `ready` before. */
  readonly keyFor: JWTVerifyGetKey = (header, token) => this.remote(header, token);

  /**
   * @returns the generation of the keys that count now; `undefined` while there are none. Has them fetched in the background
   *   when it is time
   */
  current(): number | undefined {
    const age = performance.now() - this.fetchedAt;
    // A failure is logged, and a later request tries again.
    if (age >= this.times.refreshMs && !this.hasJustFailed) this.fetch().catch(() => undefined);
    return age < this.times.trustMs ? this.generation : undefined;
  }

  /**
   * Waits until there are keys that count.
   * @returns their generation
   * @throws HttpProblem `OVERLOADED` when they are out of reach
   */
  async ready(): Promise<number> {
    if (this.current() === undefined) await this.fetch();
    return this.generation;
  }

  /**
   * Fetches the keys again because a token does not fit those of `generation`: the key may be new, or replaced under its name.
   * Not more often than the cooldown allows.
   * @param begunAt when its verification began, by `performance.now()`
   * @returns the generation of the keys there are then
   * @throws HttpProblem `OVERLOADED` when they are out of reach
   */
  async renew(generation: number, begunAt: number): Promise<number> {
    if (generation !== this.generation || this.fetchedAt >= begunAt) return this.generation;
    // Nobody knows then whether the token is bad, or its key is new.
    if (this.hasJustFailed) throw outOfReach();
    const now = performance.now();
    if (now - this.renewedAt < this.times.cooldownMs) return this.generation;
    this.renewedAt = now;
    await this.fetch();
    return this.generation;
  }

  /** Has `listener` called whenever the keys are others than before. Returns the function that ends it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private get hasJustFailed(): boolean {
    return performance.now() - this.failedAt < this.times.cooldownMs;
  }

  /** Requests that come while the keys are fetched wait for the same answer. */
  private async fetch(): Promise<void> {
    this.fetching ??= this.load().finally(() => {
      this.fetching = undefined;
    });
    await this.fetching;
  }

  private async load(): Promise<void> {
    try {
      await this.remote.reload();
    } catch (error) {
      this.failedAt = performance.now();
      this.log.warn(`The keys of AUTH_JWKS_URL cannot be fetched: ${String(error)}`);
      throw outOfReach(error);
    }
    this.fetchedAt = performance.now();
    this.failedAt = -Infinity;
    const text = JSON.stringify(this.remote.jwks());
    if (text === this.text) return;
    this.text = text;
    this.generation += 1;
    for (const listener of this.listeners) listener();
  }
}

function outOfReach(cause?: unknown): HttpProblem {
  const detail = 'The keys that credentials are verified with are out of reach at the moment.';
  return new HttpProblem('OVERLOADED', detail, { cause });
}
