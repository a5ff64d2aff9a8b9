import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sqlFile } from './sql-file.js';

/**
 * Lets a saga remember its waiting timers: whoever else removes one, or brings it forward, raises the epoch of the saga. A
 * trigger does that, so that it also holds for processes of the release before and for statements of an operator. In the
 * command database.
 *
 * `store_commands` stays: the new functions use it, and processes of the release before call it during a deployment.
 */
export class WatchWaitingTimers1767139200040 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(sqlFile('1767139200040-tell-saga-of-timer.sql'));
    await queryRunner.query(`
      CREATE TRIGGER durable_command_removed AFTER DELETE ON durable_command FOR EACH ROW
        WHEN (OLD.due_at > now() AND OLD.queue IS NULL
              AND OLD.source IS DISTINCT FROM current_setting('event_sourcing.saga_told', true))
        EXECUTE FUNCTION tell_saga_of_timer()`);
    await queryRunner.query(`
      CREATE TRIGGER durable_command_brought_forward AFTER UPDATE OF due_at ON durable_command FOR EACH ROW
        WHEN (OLD.due_at > now() AND OLD.queue IS NULL AND (NEW.due_at >= OLD.due_at) IS NOT TRUE
              AND OLD.source IS DISTINCT FROM current_setting('event_sourcing.saga_told', true))
        EXECUTE FUNCTION tell_saga_of_timer()`);
    await queryRunner.query(sqlFile('1767139200040-change-commands.sql'));
    await queryRunner.query(sqlFile('1767139200040-store-commands-of-saga.sql'));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP FUNCTION store_commands_of_saga`);
    await queryRunner.query(`DROP FUNCTION change_commands`);
    await queryRunner.query(`DROP TRIGGER durable_command_brought_forward ON durable_command`);
    await queryRunner.query(`DROP TRIGGER durable_command_removed ON durable_command`);
    await queryRunner.query(`DROP FUNCTION tell_saga_of_timer`);
  }
}
