import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sqlFile } from './sql-file.js';

/**
 * Functions that close and open the log. A closed log has a trigger that refuses all appends, also those of processes
 * that have not noticed why it was closed. An open log has no such trigger, so appends cost what they did. In the
 * command database.
 */
export class CloseEventLog1767139200100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(sqlFile('1767139200100-refuse-append.sql'));
    await queryRunner.query(sqlFile('1767139200100-close-event-log.sql'));
    await queryRunner.query(sqlFile('1767139200100-open-event-log.sql'));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TRIGGER IF EXISTS event_log_is_closed ON event_log');
    await queryRunner.query('DROP FUNCTION open_event_log(bigint)');
    await queryRunner.query('DROP FUNCTION close_event_log(text, bigint)');
    await queryRunner.query('DROP FUNCTION refuse_append()');
  }
}
