/** The settings for credentials, from the environment. They contain secrets: never log them. */
export interface AccessSettings {
  /** The secret for HS256. Undefined if `jwksUrl` is set. If both are undefined, the service makes a secret. */
  readonly jwtSecret: string | undefined;
  /** The URL of the public keys for RS256 and ES256. */
  readonly jwksUrl: string | undefined;
  /** The required `iss` of a JWT; undefined accepts any. */
  readonly issuer: string | undefined;
  /** The required `aud` of a JWT, or one of its entries; undefined accepts any. */
  readonly audience: string | undefined;
  /** The first one signs, all of them verify. If there is none, the service makes one. */
  readonly cartTokenSecrets: readonly string[];
}

/** The minimum length of a key for HMAC-SHA256 is the length of its output (RFC 7518, 3.2). */
export const SECRET_BYTES = 32;
