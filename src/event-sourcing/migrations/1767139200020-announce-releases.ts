import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Processes announce their release, so that others know which code writes a view. In both databases. */
export class AnnounceReleases1767139200020 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE lease_member ADD release text');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE lease_member DROP release');
  }
}
