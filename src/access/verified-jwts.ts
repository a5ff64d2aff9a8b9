import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CallerType } from './caller.js';
import { CLOCK_SKEW_S } from './jwt-verifier.js';

/** The caller that a valid JWT names. */
export interface Identity {
  readonly type: Exclude<CallerType, 'guest'>;
  readonly id: string | null;
  readonly isService: boolean;
  /** End of the JWT in milliseconds since 1970; `undefined` if it has none. */
  readonly expiresAt: number | undefined;
}

interface Entry {
  readonly identity: Identity;
  readonly generation: number;
}

/** About 10 MB at most. */
const MAX_ENTRIES = 20_000;
const CLOCK_SKEW_MS = CLOCK_SKEW_S * 1_000;

/**
 * Remembers the caller of each verified `Authorization` header. An entry is valid until its JWT ends, and only for the
 * generation of keys that verified it, so the JWTs of a withdrawn key are no longer found. Only digests of the headers
 * are kept: memory contains no credentials, and the time of a lookup reveals nothing about them.
 */
export class VerifiedJwts {
  private readonly entries = new LRUCache<string, Entry>({ max: MAX_ENTRIES });

  /** @param generation of the keys in use; without one, nothing is found */
  find(authorization: string, generation: number | undefined): Identity | undefined {
    const entry = this.entries.get(digestOf(authorization));
    if (entry === undefined || entry.generation !== generation) return undefined;
    // A JWT ends at a calendar time, so this needs the wall clock.
    const { expiresAt } = entry.identity;
    return expiresAt === undefined || Date.now() < expiresAt + CLOCK_SKEW_MS ? entry.identity : undefined;
  }

  keep(authorization: string, identity: Identity, generation: number): void {
    this.entries.set(digestOf(authorization), { identity, generation });
  }
}

function digestOf(authorization: string): string {
  return hash('sha256', authorization, 'base64');
}
