import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sqlFile } from './sql-file.js';

/** Leases, by which processes share the subscriptions, and the events at which a handler failed. In both databases. */
export class CreateLeasesAndParkedEvents1767139200002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE checkpoint
        ADD holder       uuid,
        ADD member       uuid,
        ADD leased_until timestamptz(3)`);
    await queryRunner.query(sqlFile('1767139200002-is-leased.sql'));
    await queryRunner.query(`
      CREATE TABLE lease_member (
        id          uuid           NOT NULL,
        alive_until timestamptz(3) NOT NULL,
        CONSTRAINT lease_member_pkey PRIMARY KEY (id)
      )`);
    await queryRunner.query(`
      CREATE TABLE parked_event (
        handler   text           NOT NULL,
        key       text           NOT NULL,
        position  bigint         NOT NULL,
        event_id  uuid           NOT NULL,
        stream    text           NOT NULL,
        type      text           NOT NULL,
        attempts  integer        NOT NULL,
        error     text,
        retry_at  timestamptz(3),
        parked_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT parked_event_pkey PRIMARY KEY (handler, key, position)
      )`);
    await queryRunner.query(`
      CREATE INDEX parked_event_due ON parked_event (handler, retry_at) WHERE retry_at IS NOT NULL`);
    await queryRunner.query(sqlFile('1767139200002-rename-subscription.sql'));
    await queryRunner.query(sqlFile('1767139200002-drop-subscription.sql'));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP FUNCTION drop_subscription`);
    await queryRunner.query(`DROP FUNCTION rename_subscription`);
    await queryRunner.query(`DROP TABLE parked_event`);
    await queryRunner.query(`DROP TABLE lease_member`);
    await queryRunner.query(`DROP FUNCTION is_leased`);
    await queryRunner.query(`ALTER TABLE checkpoint DROP holder, DROP member, DROP leased_until`);
  }
}
