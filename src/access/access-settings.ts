/** How callers prove who they are, from the environment. It holds secrets: never log it. */
export interface AccessSettings {
  /** Verifies HS256. Undefined where `jwksUrl` is set; if that is undefined too, the service makes a secret. */
  readonly jwtSecret: string | undefined;
  /** Where the public keys for RS256 and ES256 are. */
  readonly jwksUrl: string | undefined;
  /** The required `iss` of a JWT; undefined accepts any. */
  readonly issuer: string | undefined;
  /** The required `aud` of a JWT, or one of its entries; undefined accepts any. */
  readonly audience: string | undefined;
  /** The first signs, all verify. If there is none, the service makes one. */
  readonly cartTokenSecrets: readonly string[];
}

/** The least length of a key for HMAC-SHA256: that of its result (RFC 7518, 3.2). */
export const SECRET_BYTES = 32;
