import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sqlFile } from './sql-file.js';

/**
 * Stored commands, and the names of all events that were ever registered. In the command database.
 *
 * Commands of one queue run one after the other: only the first of them is `ready`. The functions that add and remove
 * commands lock the queue, so that a queue with commands always has a ready one. They lock queues in sorted order.
 */
export class CreateDurableCommands1767139200003 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE durable_command (
        id           text           NOT NULL,
        run_id       uuid           NOT NULL,
        sequence     bigint         NOT NULL GENERATED ALWAYS AS IDENTITY,
        source       text           NOT NULL,
        queue        text,
        type         text           NOT NULL,
        data         jsonb          NOT NULL,
        metadata     jsonb          NOT NULL,
        ready        boolean        NOT NULL,
        due_at       timestamptz(3),
        attempts     integer        NOT NULL DEFAULT 0,
        error        text,
        holder       uuid,
        leased_until timestamptz(3),
        created_at   timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT durable_command_pkey PRIMARY KEY (id)
      )`);
    await queryRunner.query(`
      CREATE INDEX durable_command_due ON durable_command (due_at) WHERE ready AND due_at IS NOT NULL`);
    await queryRunner.query(`
      CREATE INDEX durable_command_queue ON durable_command (queue, sequence) WHERE queue IS NOT NULL`);
    await queryRunner.query(`
      CREATE INDEX durable_command_parked ON durable_command (source) WHERE due_at IS NULL`);
    await queryRunner.query(`
      CREATE INDEX command_outcome_recorded_at ON command_outcome USING brin (recorded_at)`);
    await queryRunner.query(`
      CREATE TABLE event_type (
        type           text    NOT NULL,
        schema_version integer NOT NULL,
        CONSTRAINT event_type_pkey PRIMARY KEY (type, schema_version)
      )`);
    await queryRunner.query(
      `INSERT INTO event_type (type, schema_version) SELECT DISTINCT type, schema_version FROM event_log`,
    );
    await queryRunner.query(sqlFile('1767139200003-store-commands.sql'));
    await queryRunner.query(sqlFile('1767139200003-finish-commands.sql'));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP FUNCTION finish_commands`);
    await queryRunner.query(`DROP FUNCTION store_commands`);
    await queryRunner.query(`DROP TABLE event_type`);
    await queryRunner.query(`DROP INDEX command_outcome_recorded_at`);
    await queryRunner.query(`DROP TABLE durable_command`);
  }
}
