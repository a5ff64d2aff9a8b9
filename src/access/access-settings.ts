/** How callers prove who they are, as the environment says it. Holds secrets: never log it. */
export interface AccessSettings {
  /** Verifies HS256; `undefined` with `jwksUrl`, or to have a secret made. */
  readonly jwtSecret: string | undefined;
  /** Where the public keys for RS256 and ES256 are. */
  readonly jwksUrl: string | undefined;
  /** What `iss` has to be; anything where undefined. */
  readonly issuer: string | undefined;
  /** What `aud` has to be, or to hold; anything where undefined. */
  readonly audience: string | undefined;
  /** The first signs, all verify; none to have one made. */
  readonly cartTokenSecrets: readonly string[];
}

/** A key for HMAC-SHA256 is as long as its result, or it is the easier one to guess (RFC 7518, 3.2). */
export const SECRET_BYTES = 32;

/** @returns what keeps the service from starting with these settings, undefined where nothing does; no secret shows */
export function whatIsWrongWith(settings: AccessSettings, inProduction: boolean): string | undefined {
  const { jwtSecret, jwksUrl, cartTokenSecrets } = settings;
  if (jwtSecret !== undefined && jwksUrl !== undefined) {
    return 'AUTH_JWT_SECRET and AUTH_JWKS_URL are two ways to verify JWTs: set one of them.';
  }
  if (!inProduction) return undefined;
  if (jwtSecret === undefined && jwksUrl === undefined) {
    return 'AUTH_JWT_SECRET or AUTH_JWKS_URL must be set in production: without, nobody could tell who calls.';
  }
  if (cartTokenSecrets.length === 0) {
    return `CART_TOKEN_SECRETS must be set in production: comma-separated, each of ${SECRET_BYTES} bytes or more.`;
  }
  if (cartTokenSecrets.some((secret) => Buffer.byteLength(secret) < SECRET_BYTES)) {
    return `CART_TOKEN_SECRETS must each have ${SECRET_BYTES} bytes or more in production.`;
  }
  return undefined;
}
