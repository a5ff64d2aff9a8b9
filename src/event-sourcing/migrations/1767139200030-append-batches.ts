import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sqlFile } from './sql-file.js';

/**
 * Appending functions that return positions: a process need not read its own events back from the log. Within a batch,
 * appends to several streams may build on each other.
 *
 * `append_event` and `append_events` stay: processes of the release before call them during a deployment. A later
 * migration drops them.
 */
export class AppendBatches1767139200030 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(sqlFile('1767139200030-append-single.sql'));
    await queryRunner.query(sqlFile('1767139200030-append-batch.sql'));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP FUNCTION append_batch`);
    await queryRunner.query(`DROP FUNCTION append_single`);
  }
}
