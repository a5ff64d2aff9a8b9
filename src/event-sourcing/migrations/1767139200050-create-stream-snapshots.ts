import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Snapshots of long streams, in the command database. They are derived from the log, so `down` just drops them. */
export class CreateStreamSnapshots1767139200050 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE stream_snapshot (
        stream     text COLLATE "C" NOT NULL,
        decider    text COLLATE "C" NOT NULL,
        fold       text NOT NULL,
        version    integer NOT NULL,
        event_id   uuid NOT NULL,
        state      text NOT NULL,
        checksum   text NOT NULL,
        written_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT stream_snapshot_pkey PRIMARY KEY (stream, decider),
        CONSTRAINT stream_snapshot_version_check CHECK (version > 0)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE stream_snapshot`);
  }
}
