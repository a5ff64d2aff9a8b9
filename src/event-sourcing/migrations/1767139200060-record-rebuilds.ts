import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The last rebuild of each view: asked for, begun, ended. Any program can ask for one, and learn what came of it. In
 * both databases, as all tables of subscriptions; that of the query database is used.
 */
export class RecordRebuilds1767139200060 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE view_rebuild (
        projection   text           NOT NULL,
        id           uuid           NOT NULL,
        requested_at timestamptz(3) NOT NULL DEFAULT now(),
        begun_at     timestamptz(3),
        ended_at     timestamptz(3),
        error        text,
        CONSTRAINT view_rebuild_pkey PRIMARY KEY (projection)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE view_rebuild`);
  }
}
