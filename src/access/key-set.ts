import { Logger } from '@nestjs/common';
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import { HttpProblem } from '../http/problems/problem.js';

/** The keys that verify JWTs. {@link KeySet} describes the methods. */
export interface Keys {
  readonly keyFor: JWTVerifyGetKey;
  current(): number | undefined;
  ready(): Promise<number>;
  renew(generation: number, begunAt: number): Promise<number>;
  onChange(listener: () => void): () => void;
}

/** How long keys are used, in milliseconds. */
export interface KeySetTimes {
  /** Keys in use are fetched again at this age, in the background. */
  readonly refreshMs: number;
  /** Older keys are not used: requests wait for new ones. */
  readonly trustMs: number;
  /** The minimum time between two fetches after a failure. */
  readonly cooldownMs: number;
}

const DEFAULT_TIMES: KeySetTimes = { refreshMs: 60_000, trustMs: 600_000, cooldownMs: 1_000 };

/**
 * The public keys at a URL. They are fetched when first needed, and then every minute while in use. So a key that was
 * removed from the URL is soon refused. While the URL is out of reach, the last keys are used for ten minutes. Ages are
 * measured by the monotonic clock.
 */
export class KeySet implements Keys {
  private readonly log = new Logger(KeySet.name);
  private readonly times: KeySetTimes;
  private readonly remote: ReturnType<typeof createRemoteJWKSet>;
  private readonly listeners = new Set<() => void>();
  /** Rises whenever different keys are fetched. */
  private generation = 0;
  private text: string | undefined;
  private fetchedAt = -Infinity;
  private failedAt = -Infinity;
  private renewedAt = -Infinity;
  private fetching: Promise<void> | undefined;

  constructor(url: string, times: Partial<KeySetTimes> = {}) {
    this.times = { ...DEFAULT_TIMES, ...times };
    // `jose` measures ages by the wall clock. So its own refresh is off, and `load` calls `reload` instead.
    this.remote = createRemoteJWKSet(new URL(url), { cacheMaxAge: Infinity, cooldownDuration: Infinity });
  }

  /** Finds the key for the header of a token. Await `ready` first. */
  readonly keyFor: JWTVerifyGetKey = (header, token) => this.remote(header, token);

  /**
   * Fetches the keys in the background when they are old.
   * @returns the generation of the keys in use; `undefined` while there are none
   */
  current(): number | undefined {
    const age = performance.now() - this.fetchedAt;
    // `load` logs a failure, and a later request tries again.
    if (age >= this.times.refreshMs && !this.hasJustFailed) this.fetch().catch(() => undefined);
    return age < this.times.trustMs ? this.generation : undefined;
  }

  /**
   * Waits until there are keys.
   * @returns their generation
   * @throws HttpProblem `OVERLOADED` when they are out of reach
   */
  async ready(): Promise<number> {
    if (this.current() === undefined) await this.fetch();
    return this.generation;
  }

  /**
   * Fetches the keys again because a token does not match those of `generation`: its key may be new, or replaced under
   * the same name. It does so no more often than the cooldown allows.
   * @param begunAt when its verification began, by `performance.now()`
   * @returns the generation of the keys afterwards
   * @throws HttpProblem `OVERLOADED` when they are out of reach
   */
  async renew(generation: number, begunAt: number): Promise<number> {
    if (generation !== this.generation || this.fetchedAt >= begunAt) return this.generation;
    // It is unknown whether the token is invalid or its key is new.
    if (this.hasJustFailed) throw outOfReach();
    const now = performance.now();
    if (now - this.renewedAt < this.times.cooldownMs) return this.generation;
    this.renewedAt = now;
    await this.fetch();
    return this.generation;
  }

  /** Calls `listener` whenever the keys have changed. Returns a function that removes the listener. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private get hasJustFailed(): boolean {
    return performance.now() - this.failedAt < this.times.cooldownMs;
  }

  /** Requests that arrive during a fetch wait for the same answer. */
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
  const detail = 'The keys for verifying credentials are out of reach at the moment.';
  return new HttpProblem('OVERLOADED', detail, { cause });
}
