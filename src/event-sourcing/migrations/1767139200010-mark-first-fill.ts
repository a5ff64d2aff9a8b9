import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Up to where a projection has to come until its views are filled for the first time: the end of the log when its checkpoint
 * was made. Those that are there already count as filled.
 */
export class MarkFirstFill1767139200010 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE checkpoint ADD COLUMN fill_until bigint NOT NULL DEFAULT 0');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE checkpoint DROP COLUMN fill_until');
  }
}
