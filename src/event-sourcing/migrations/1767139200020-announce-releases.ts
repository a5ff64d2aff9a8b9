import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Processes say which code they run, so that others know whose code writes a view. In both databases. */
export class AnnounceReleases1767139200020 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE lease_member ADD release text');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE lease_member DROP release');
  }
}
