import type pg from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { connectionSettings } from '../postgres/connection-settings.js';
import { UnsuitableServerError } from '../postgres/check-server.js';
import { poolOf } from '../postgres/pool-of.js';
import { surviveLostConnections } from '../postgres/survive-lost-connections.js';

/** How long a replica may take to accept a connection, in milliseconds. Requests may wait for it. */
const CONNECT_MS = 1_000;
/** How long a statement on a replica may take, in milliseconds. Then the primary answers. */
const STATEMENT_MS = 1_000;
/** The driver gives up after the server, whose answer says more. */
const ANSWER_MS = 1_500;
/** All statements of a transaction read the same snapshot. */
const READ_ONLY = '-c default_transaction_isolation=repeatable\\ read -c default_transaction_read_only=on';

/** Identifies a database and its cluster. A standby has the same values as its primary. */
export interface DatabaseIdentity {
  /** The system identifier of the cluster. */
  readonly system: string;
  /** The OID of the database in the cluster. */
  readonly database: string;
}

interface FoundIdentity extends DatabaseIdentity {
  readonly isStandby: boolean;
}

/** Positions of projections, by name; of a split one the lowest. */
export type Positions = ReadonlyMap<string, number>;

/** Connections to a standby of the query database. */
export class ReplicaConnection {
  private constructor(
    /** Has the entities of the query database. */
    readonly dataSource: DataSource,
    /** All connections that are open. */
    private readonly clients: ReadonlySet<pg.PoolClient>,
  ) {}

  /**
   * Connects to a replica. Each of its connections is checked, because the address may lead to another server later.
   * @param query the data source of the query database
   * @throws UnsuitableServerError if the URL leads to something else than a database with this identity
   * @throws Error if it cannot be reached, or is no standby at present
   */
  static async open(url: string, query: DataSource, identity: DatabaseIdentity): Promise<ReplicaConnection> {
    const clients = new Set<pg.PoolClient>();
    const onConnect = async (client: pg.PoolClient): Promise<void> => {
      clients.add(client);
      client.once('end', () => clients.delete(client));
      await assertStandby(client, identity);
    };
    const dataSource = new DataSource(optionsOf(url, query, onConnect));
    await dataSource.initialize();
    surviveLostConnections(dataSource);
    return new ReplicaConnection(dataSource, clients);
  }

  /**
   * Looks up how far the replica is.
   * @throws Error if it does not answer, or is no standby any more
   */
  async positions(): Promise<Positions> {
    const pool = poolOf(this.dataSource);
    const { rows } = await pool.query<{ isStandby: boolean; positions: Record<string, number> | null }>(
      `SELECT pg_is_in_recovery() AS "isStandby",
              (SELECT json_object_agg(name, position)
                 FROM (SELECT coalesce(partition_of, name) AS name, min(position) AS position FROM checkpoint
                        WHERE kind = 'projection' AND partitions = 1 GROUP BY coalesce(partition_of, name)) c
              ) AS positions`,
    );
    const [found] = rows;
    if (!found?.isStandby) throw new Error(NO_STANDBY);
    return new Map(Object.entries(found.positions ?? {}));
  }

  /** Ends all connections at once. Statements under way fail, even if the server is silent. */
  async cut(): Promise<void> {
    for (const client of this.clients) streamOf(client).destroy();
    await this.dataSource.destroy();
  }
}

const NO_STANDBY = 'it is no standby: it accepts writes';

const IDENTITY = `
  SELECT pg_is_in_recovery() AS "isStandby", (SELECT system_identifier::text FROM pg_control_system()) AS system,
         (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database`;

/** @throws Error if the query database cannot be reached */
export async function identityOf(query: DataSource): Promise<DatabaseIdentity> {
  const { rows } = await poolOf(query).query<FoundIdentity>(IDENTITY);
  const [found] = rows;
  if (!found) throw new Error('The query database did not tell its identity.');
  return found;
}

async function assertStandby(client: pg.PoolClient, expected: DatabaseIdentity): Promise<void> {
  const { rows } = await client.query<FoundIdentity>(IDENTITY);
  const [found] = rows;
  if (found?.system !== expected.system)
    throw new UnsuitableServerError(
      `it belongs to another cluster than the query database: its system identifier is ${String(found?.system)}, ` +
        `and that of the query database is ${expected.system}`,
    );
  if (found.database !== expected.database)
    throw new UnsuitableServerError('it leads to another database than that of the query database');
  if (!found.isStandby) throw new Error(NO_STANDBY);
}

function optionsOf(
  wholeUrl: string,
  query: DataSource,
  onConnect: (client: pg.PoolClient) => Promise<void>,
): PostgresDataSourceOptions {
  const options = query.options as PostgresDataSourceOptions;
  const { options: own, ...ownExtra } = (options.extra ?? {}) as pg.PoolConfig;
  const { url, extra } = connectionSettings(wholeUrl, { poolSize: poolOf(query).options.max });
  return {
    ...options,
    url,
    applicationName: 'query replica',
    // A replica cannot be changed.
    migrations: [],
    migrationsRun: false,
    synchronize: false,
    dropSchema: false,
    installExtensions: false,
    cache: false,
    // The statements fail as well, and say so.
    poolErrorHandler: () => undefined,
    extra: {
      ...ownExtra,
      ...extra,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      query_timeout: ANSWER_MS,
      // The search path of the query database, then the options of the URL.
      options: [own, extra.options, READ_ONLY].filter(Boolean).join(' '),
      onConnect,
    },
  };
}

/** The driver has no method that ends a connection without waiting for the server. */
function streamOf(client: pg.PoolClient): { destroy(): void } {
  return (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection
    .stream;
}
