import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What several processes need to share the subscriptions, and where events wait that a handler failed at. In both databases. */
export class CreateLeasesAndParkedEvents1767139200002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE checkpoint
        ADD holder       uuid,
        ADD member       uuid,
        ADD leased_until timestamptz(3)`);
    // A lease is over when its time is, or when the session has ended in which its member holds an advisory lock.
    await queryRunner.query(`
      CREATE FUNCTION is_leased(p_member uuid, p_until timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT p_until >= now() AND EXISTS (
          SELECT FROM pg_locks l
           WHERE l.locktype = 'advisory' AND l.objsubid = 1
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended('member ' || p_member, 0))
      $$`);
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
    await queryRunner.query(`
      CREATE FUNCTION rename_subscription(p_from text, p_to text) RETURNS void LANGUAGE sql AS $$
        UPDATE parked_event SET handler = p_to WHERE handler = p_from;
        UPDATE checkpoint SET name = p_to, epoch = epoch + 1 WHERE name = p_from;
      $$`);
    await queryRunner.query(`
      CREATE FUNCTION drop_subscription(p_name text) RETURNS void LANGUAGE sql AS $$
        DELETE FROM parked_event WHERE handler = p_name;
        DELETE FROM checkpoint WHERE name = p_name;
      $$`);
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
