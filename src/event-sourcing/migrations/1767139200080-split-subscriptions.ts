import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Checkpoints of partitions. The row of a split handler says how many there are, and cannot be acquired; releases that
 * know no partitions see it as a projection with old rows. In both databases.
 */
export class SplitSubscriptions1767139200080 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE checkpoint
        ADD partition_of text,
        ADD partition    integer,
        ADD partitions   integer NOT NULL DEFAULT 1,
        ADD taken        jsonb,
        ADD CONSTRAINT checkpoint_split
          CHECK (has_old_rows OR partition_of IS NOT NULL OR (partitions = 1 AND taken IS NULL))`);
    await queryRunner.query('CREATE INDEX checkpoint_partition_of ON checkpoint (partition_of)');
    await queryRunner.query('ALTER TABLE lease_member ADD knows_partitions boolean NOT NULL DEFAULT false');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const split = (await queryRunner.query(
      'SELECT name FROM checkpoint WHERE partitions > 1 OR taken IS NOT NULL ORDER BY name LIMIT 1',
    )) as { name: string }[];
    if (split[0]) {
      throw new Error(
        `"${split[0].name}" is split into partitions. Run the command "partition ${split[0].name} 1" of the command ` +
          'line for handlers, and let the handler run until its checkpoint has no "taken" any more.',
      );
    }
    await queryRunner.query('ALTER TABLE lease_member DROP knows_partitions');
    await queryRunner.query(`
      ALTER TABLE checkpoint DROP partition_of, DROP partition, DROP partitions, DROP taken`);
  }
}
