import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from './pool-of.js';

/**
 * Keeps a connection that ends between two statements from ending the process. TypeORM adds its error listener some
 * time after the pool has removed its own. If the server ends the session in between, nobody listens for the error
 * event, and Node treats that as fatal. With a listener, the next statement on the connection fails instead.
 */
export function surviveLostConnections(dataSource: DataSource): void {
  poolOf(dataSource).on('acquire', hear);
}

function hear(client: pg.PoolClient): void {
  if (!client.listeners('error').includes(heard)) client.on('error', heard);
}

function heard(): void {
  // Nothing to do: the pool and the statement under way get the error as well.
}
