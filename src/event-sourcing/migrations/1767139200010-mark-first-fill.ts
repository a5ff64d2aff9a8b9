import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The position at which the views of a new projection are filled for the first time: the end of the log when its
 * checkpoint was created. Views of existing checkpoints count as filled.
 */
export class MarkFirstFill1767139200010 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE checkpoint ADD COLUMN fill_until bigint NOT NULL DEFAULT 0');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE checkpoint DROP COLUMN fill_until');
  }
}
