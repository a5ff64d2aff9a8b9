import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CallerType } from './caller.js';
import { CLOCK_SKEW_S } from './jwt-verifier.js';

/** Whom a good JWT stands for. */
export interface Identity {
  readonly type: Exclude<CallerType, 'guest'>;
  readonly id: string | null;
  readonly isService: boolean;
  /** End of the JWT in milliseconds since 1970; `undefined` where it has none. */
  readonly expiresAt: number | undefined;
}

interface Entry {
  readonly identity: Identity;
  readonly generation: number;
}

/** Some 10 MB at most. */
const MAX_ENTRIES = 20_000;
const CLOCK_SKEW_MS = CLOCK_SKEW_S * 1_000;

/**
 * Who was identified by which `Authorization` header. An entry counts until its JWT ends, and only for the keys that it was
 * verified with: a key that is withdrawn takes all that it had signed along. Headers are kept as digests, so that
 * memory holds no credentials, and comparing them tells nothing about one.
 */
export class VerifiedJwts {
  private readonly entries = new LRUCache<string, Entry>({ max: MAX_ENTRIES });

  /** @param generation of the keys that count now; nothing is known without */
  find(authorization: string, generation: number | undefined): Identity | undefined {
    const entry = this.entries.get(digestOf(authorization));
    if (entry === undefined || entry.generation !== generation) return undefined;
    // The end of a JWT is a time of day, and is compared with one, as the library does.
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
