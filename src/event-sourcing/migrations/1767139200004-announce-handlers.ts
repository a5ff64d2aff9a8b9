import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Processes announce which handlers they have, and checkpoints say what they belong to. In both databases.
 *
 * `drop_subscription` left the rows of a view behind, and the next start folded the log onto them. Both functions go:
 * `npm run handlers` does their work.
 */
export class AnnounceHandlers1767139200004 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE lease_member
        ADD handlers jsonb   NOT NULL DEFAULT '{}',
        ADD shares   boolean NOT NULL DEFAULT true`);
    await queryRunner.query(`
      ALTER TABLE checkpoint
        ADD kind         text,
        ADD views        text[],
        ADD has_old_rows boolean NOT NULL DEFAULT false`);
    await queryRunner.query(`DROP FUNCTION drop_subscription`);
    await queryRunner.query(`DROP FUNCTION rename_subscription`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
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
    await queryRunner.query(`ALTER TABLE checkpoint DROP kind, DROP views, DROP has_old_rows`);
    await queryRunner.query(`ALTER TABLE lease_member DROP handlers, DROP shares`);
  }
}
