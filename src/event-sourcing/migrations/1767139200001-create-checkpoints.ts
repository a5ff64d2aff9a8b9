import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The checkpoints of subscriptions. The query database has those of projections, the command database all others. */
export class CreateCheckpoints1767139200001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE checkpoint (
        name       text           NOT NULL,
        position   bigint         NOT NULL,
        event_id   uuid,
        log_id     uuid           NOT NULL,
        epoch      integer        NOT NULL,
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT checkpoint_pkey PRIMARY KEY (name)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE checkpoint`);
  }
}
