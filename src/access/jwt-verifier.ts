import { webcrypto } from 'node:crypto';
import { Logger } from '@nestjs/common';
import {
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type KeyInput,
} from 'jose';
import { HttpProblem } from '../http/problem.js';

/** Clocks may differ by as many seconds. */
const CLOCK_SKEW_S = 5;
/** Keys that are asked for in vain are fetched again after this many milliseconds at the earliest. */
const KEY_COOLDOWN_MS = 1_000;
/** Codes of the library for key sets that are fine and do not hold the key of this token, or hold several that may be it. */
const NOT_THE_KEY = ['ERR_JWKS_NO_MATCHING_KEY', 'ERR_JWKS_MULTIPLE_MATCHING_KEYS'];

/** What a JWT has to be issued by, and for. */
export interface Claims {
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

/** Verifies JWTs of one kind of key. */
export class JwtVerifier {
  private constructor(
    private readonly key: KeyInput | JWTVerifyGetKey,
    private readonly options: JWTVerifyOptions,
  ) {}

  /** For HS256. */
  static async bySecret(secret: string, claims: Claims = {}): Promise<JwtVerifier> {
    const hmac = { name: 'HMAC', hash: 'SHA-256' };
    // Made once: the library would import a plain secret anew for every token.
    const key = await webcrypto.subtle.importKey('raw', Buffer.from(secret), hmac, false, ['verify']);
    return new JwtVerifier(key, optionsOf(['HS256'], claims));
  }

  /**
   * For RS256 and ES256, by the public keys at a URL. They are fetched when first needed, kept for ten minutes, and fetched
   * again when a token names one that is not there.
   * @param cooldown milliseconds between two such fetches
   */
  static byKeySet(url: string, claims: Claims = {}, cooldown = KEY_COOLDOWN_MS): JwtVerifier {
    const keySet = createRemoteJWKSet(new URL(url), { cooldownDuration: cooldown });
    const log = new Logger(JwtVerifier.name);
    const keys: JWTVerifyGetKey = async (header, token) => {
      try {
        return await keySet(header, token);
      } catch (error) {
        if (NOT_THE_KEY.includes(codeOf(error))) throw error;
        log.warn(`The keys of AUTH_JWKS_URL are not to be had: ${String(error)}`);
        const detail = 'The keys that credentials are verified with are out of reach at the moment.';
        throw new HttpProblem('OVERLOADED', detail, { cause: error });
      }
    };
    return new JwtVerifier(keys, optionsOf(['RS256', 'ES256'], claims));
  }

  /**
   * @returns the claims of a token that is genuine, in force, and meant for this service; `undefined` for any other
   * @throws HttpProblem `OVERLOADED` when the public keys are out of reach
   */
  async verify(token: string): Promise<JWTPayload | undefined> {
    try {
      return await this.payloadOf(token);
    } catch (error) {
      // Which check a forged token has failed is nobody's business; that it has is the answer.
      if (codeOf(error).startsWith('ERR_J')) return undefined;
      throw error;
    }
  }

  private async payloadOf(token: string): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, this.key, this.options)).payload;
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
