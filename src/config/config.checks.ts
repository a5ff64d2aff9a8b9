import { SECRET_BYTES, type AccessSettings } from '../access/access-settings.js';

/** The configuration is invalid. The message is one line that names each variable and says how to correct it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The databases of the event log (`command`) and of the views (`query`). The URLs hold passwords: never log them. */
export interface DatabaseUrls {
  readonly command: string;
  readonly query: string;
}

/**
 * Checks settings of access against each other, and against the environment.
 * @throws ConfigError without showing a secret
 */
export function checkedAccess(access: AccessSettings, inProduction: boolean): AccessSettings {
  const contradiction = contradictionIn(access, inProduction);
  if (contradiction !== undefined) throw new ConfigError(contradiction);
  return Object.freeze(access);
}

/**
 * @returns the databases of the operator; undefined for the embedded PostgreSQL
 * @throws ConfigError when only one is set, or both are the same
 */
export function databaseUrlsOf(
  command: string | undefined,
  query: string | undefined,
): DatabaseUrls | undefined {
  if (command === undefined && query === undefined) return undefined;
  if (command === undefined || query === undefined) {
    const [present, absent] =
      query === undefined
        ? ['COMMAND_DATABASE_URL', 'QUERY_DATABASE_URL']
        : ['QUERY_DATABASE_URL', 'COMMAND_DATABASE_URL'];
    throw new ConfigError(
      `${absent} must be set too when ${present} is: set both, or neither for the embedded PostgreSQL.`,
    );
  }
  if (place(command) === place(query)) {
    throw new ConfigError(
      'COMMAND_DATABASE_URL and QUERY_DATABASE_URL must name two different databases; they may be on one server.',
    );
  }
  return Object.freeze({ command, query });
}

/**
 * Checks the replicas of the query database against it.
 * @throws ConfigError when the query database is the embedded one, or two URLs lead to the same place
 */
export function checkedReplicas(replicas: readonly string[], query: string | undefined): readonly string[] {
  if (replicas.length > 0 && query === undefined) {
    throw new ConfigError(
      'QUERY_REPLICA_URLS must be unset while QUERY_DATABASE_URL is: the embedded PostgreSQL has no replicas.',
    );
  }
  const places = replicas.map(place);
  if (query !== undefined && places.includes(place(query)))
    throw new ConfigError('QUERY_REPLICA_URLS must not name the query database itself; leave it out.');
  if (new Set(places).size < places.length)
    throw new ConfigError('QUERY_REPLICA_URLS must not name a replica twice; leave one of the two out.');
  return Object.freeze(replicas);
}

function place(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  const server = url.searchParams.get('host') ?? url.hostname;
  const port = url.searchParams.get('port') ?? (url.port || '5432');
  return [server.toLowerCase(), port, decodeURIComponent(url.pathname)].join(' ');
}

function contradictionIn(
  { jwtSecret, jwksUrl, cartTokenSecrets }: AccessSettings,
  inProduction: boolean,
): string | undefined {
  if (jwtSecret !== undefined && jwksUrl !== undefined) {
    return 'AUTH_JWT_SECRET and AUTH_JWKS_URL are two ways to verify JWTs: set one of them.';
  }
  if (!inProduction) return undefined;
  if (jwtSecret === undefined && jwksUrl === undefined) {
    return 'AUTH_JWT_SECRET or AUTH_JWKS_URL must be set in production: without them, no JWT can be verified.';
  }
  if (cartTokenSecrets.length === 0) {
    return `CART_TOKEN_SECRETS must be set in production: comma-separated, each of ${SECRET_BYTES} bytes or more.`;
  }
  if (cartTokenSecrets.some((secret) => Buffer.byteLength(secret) < SECRET_BYTES)) {
    return `CART_TOKEN_SECRETS must each have ${SECRET_BYTES} bytes or more in production.`;
  }
  return undefined;
}
