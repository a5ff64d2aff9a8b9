import { webcrypto } from 'node:crypto';
import {
  errors,
  jwtVerify,
  type CryptoKey,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from 'jose';
import { KeySet, type Keys, type KeySetTimes } from './key-set.js';

/** Clocks may differ by this many seconds. */
export const CLOCK_SKEW_S = 5;
/** Codes of failures that newer keys may solve: the key of a token is missing, or does not match its signature. */
const BY_THE_KEY = ['ERR_JWKS_NO_MATCHING_KEY', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'];

/** The required issuer and audience of a JWT. */
export interface Claims {
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

/** A JWT that is genuine, not expired, and meant for this service. */
export interface VerifiedJwt {
  readonly claims: JWTPayload;
  /** The generation of keys that it was verified with: see {@link JwtVerifier.generation}. */
  readonly generation: number;
}

/** Verifies JWTs, either with a secret or with the public keys at a URL. */
export class JwtVerifier {
  private constructor(
    private readonly keys: Keys,
    private readonly options: JWTVerifyOptions,
  ) {}

  /** Verifies HS256. */
  static async bySecret(secret: string, claims: Claims = {}): Promise<JwtVerifier> {
    const hmac = { name: 'HMAC', hash: 'SHA-256' };
    // `jose` would import a plain secret again for every token.
    const key = await webcrypto.subtle.importKey('raw', Buffer.from(secret), hmac, false, ['verify']);
    return new JwtVerifier(unchanging(key), optionsOf(['HS256'], claims));
  }

  /** Verifies RS256 and ES256 with the public keys at a URL: see {@link KeySet}. */
  static byKeySet(url: string, claims: Claims = {}, times: Partial<KeySetTimes> = {}): JwtVerifier {
    return new JwtVerifier(new KeySet(url, times), optionsOf(['RS256', 'ES256'], claims));
  }

  /**
   * The generation of the keys in use; `undefined` while there are none. JWTs that an older generation verified must be
   * verified again.
   */
  get generation(): number | undefined {
    return this.keys.current();
  }

  /** Calls `listener` whenever the keys have changed. Returns a function that removes the listener. */
  onKeysChanged(listener: () => void): () => void {
    return this.keys.onChange(listener);
  }

  /**
   * @returns `undefined` for an invalid token
   * @throws HttpProblem `OVERLOADED` when the public keys are out of reach
   */
  async verify(token: string): Promise<VerifiedJwt | undefined> {
    try {
      return await this.verifyWithNewestKeys(token);
    } catch (error) {
      // The answer must not reveal which check a forged token failed.
      if (codeOf(error).startsWith('ERR_J')) return undefined;
      throw error;
    }
  }

  private async verifyWithNewestKeys(token: string): Promise<VerifiedJwt> {
    const begunAt = performance.now();
    const generation = await this.keys.ready();
    try {
      return { claims: await this.claimsOf(token), generation };
    } catch (error) {
      if (!BY_THE_KEY.includes(codeOf(error))) throw error;
      const renewed = await this.keys.renew(generation, begunAt);
      if (renewed === generation) throw error;
      return { claims: await this.claimsOf(token), generation: renewed };
    }
  }

  private async claimsOf(token: string): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, this.keys.keyFor, this.options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, this.options)).payload;
        } catch (next) {
          if (!(next instanceof errors.JWSSignatureVerificationFailed)) throw next;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  }
}

function unchanging(key: CryptoKey): Keys {
  const keyFor: JWTVerifyGetKey = () => Promise.resolve(key);
  const first = () => Promise.resolve(0);
  return { keyFor, current: () => 0, ready: first, renew: first, onChange: () => () => undefined };
}

function optionsOf(algorithms: string[], { issuer, audience }: Claims): JWTVerifyOptions {
  return {
    algorithms,
    clockTolerance: CLOCK_SKEW_S,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code);
}
