import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sqlFile } from './sql-file.js';

/** The event log, the outcomes of remembered commands, and the functions that append. */
export class CreateEventLog1767139200000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE SEQUENCE event_position AS bigint START 1 CACHE 1 NO CYCLE`);
    await queryRunner.query(`
      CREATE TABLE event_log (
        position       bigint         NOT NULL,
        stream         text COLLATE "C" NOT NULL,
        version        integer        NOT NULL CHECK (version > 0),
        id             uuid           NOT NULL,
        type           text           NOT NULL,
        schema_version integer        NOT NULL,
        data           jsonb          NOT NULL,
        metadata       jsonb          NOT NULL,
        occurred_at    timestamptz(3) NOT NULL,
        CONSTRAINT event_log_pkey PRIMARY KEY (position),
        CONSTRAINT event_log_stream_version_key UNIQUE (stream, version),
        CONSTRAINT event_log_id_key UNIQUE (id)
      )`);
    await queryRunner.query(`
      CREATE TABLE command_outcome (
        command_id  uuid           NOT NULL,
        fingerprint text           NOT NULL,
        outcome     jsonb          NOT NULL,
        recorded_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT command_outcome_pkey PRIMARY KEY (command_id)
      )`);
    await queryRunner.query(`
      CREATE TABLE event_log_identity (
        id  uuid NOT NULL,
        one boolean NOT NULL DEFAULT true CHECK (one),
        CONSTRAINT event_log_identity_pkey PRIMARY KEY (id),
        CONSTRAINT event_log_identity_one_key UNIQUE (one)
      )`);
    await queryRunner.query(`INSERT INTO event_log_identity (id) VALUES (gen_random_uuid())`);
    await queryRunner.query(sqlFile('1767139200000-refuse-change-of-event-log.sql'));
    await queryRunner.query(`
      CREATE TRIGGER event_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event_log
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_event_log()`);
    await queryRunner.query(`ALTER TABLE event_log ENABLE ALWAYS TRIGGER event_log_is_append_only`);
    await queryRunner.query(sqlFile('1767139200000-append-event.sql'));
    await queryRunner.query(sqlFile('1767139200000-append-events.sql'));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP FUNCTION append_events`);
    await queryRunner.query(`DROP FUNCTION append_event`);
    await queryRunner.query(`DROP TABLE event_log`);
    await queryRunner.query(`DROP FUNCTION refuse_change_of_event_log`);
    await queryRunner.query(`DROP TABLE event_log_identity`);
    await queryRunner.query(`DROP TABLE command_outcome`);
    await queryRunner.query(`DROP SEQUENCE event_position`);
  }
}
