import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from './pool-of.js';

/**
 * Keeps a connection that ends between two statements from ending the process. TypeORM listens to a connection only after it has
 * waited for it, and the pool's own listener is gone by then: the server's last word, when it comes in the same breath as the
 * answer before, is an error event that nobody hears, which Node takes for fatal. Whoever uses the connection learns of its
 * end from the next statement, which is refused.
 */
export function surviveLostConnections(dataSource: DataSource): void {
  poolOf(dataSource).on('acquire', hear);
}

function hear(client: pg.PoolClient): void {
  if (!client.listeners('error').includes(heard)) client.on('error', heard);
}

function heard(): void {
  // The pool and the statement under way are told too; that somebody listens is all there is to do here.
}
