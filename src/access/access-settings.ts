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

/** @returns why the service cannot start with these settings, without showing a secret; undefined if it can */
export function whatIsWrongWith(settings: AccessSettings, inProduction: boolean): string | undefined {
  const { jwtSecret, jwksUrl, cartTokenSecrets } = settings;
  if (jwtSecret !== undefined && jwksUrl !== undefined) {
    return 'AUTH_JWT_SECRET and AUTH_JWKS_URL are two ways to verify JWTs: set one of them.';
  }
  if (!inProduction) return undefined;
  if (jwtSecret === undefined && jwksUrl === undefined) {
    return 'AUTH_JWT_SECRET or AUTH_JWKS_URL must be set in production: the service cannot verify JWTs without one of them.';
  }
  if (cartTokenSecrets.length === 0) {
    return `CART_TOKEN_SECRETS must be set in production: comma-separated, each of ${SECRET_BYTES} bytes or more.`;
  }
  if (cartTokenSecrets.some((secret) => Buffer.byteLength(secret) < SECRET_BYTES)) {
    return `CART_TOKEN_SECRETS must each have ${SECRET_BYTES} bytes or more in production.`;
  }
  return undefined;
}
