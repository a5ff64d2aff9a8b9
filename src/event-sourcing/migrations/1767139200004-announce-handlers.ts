import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sqlFile } from './sql-file.js';

/**
 * Processes announce their handlers, and a checkpoint names the kind and the views of its handler. In both databases.
 *
 * It drops two functions: `drop_subscription` left the rows of a view behind, and the next start folded the log onto
 * them. The command line for handlers replaces both.
 */
export class AnnounceHandlers1767139200004 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE lease_member
        ADD handlers jsonb   NOT NULL DEFAULT '{}',
        ADD shares   boolean NOT NULL DEFAULT true`);
    await queryRunner.query(`
      ALTER TABLE checkpoint
        ADD kind         text,
        ADD views        text[],
        ADD has_old_rows boolean NOT NULL DEFAULT false`);
    await queryRunner.query(`DROP FUNCTION drop_subscription`);
    await queryRunner.query(`DROP FUNCTION rename_subscription`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(sqlFile('1767139200002-rename-subscription.sql'));
    await queryRunner.query(sqlFile('1767139200002-drop-subscription.sql'));
    await queryRunner.query(`ALTER TABLE checkpoint DROP kind, DROP views, DROP has_old_rows`);
    await queryRunner.query(`ALTER TABLE lease_member DROP handlers, DROP shares`);
  }
}
