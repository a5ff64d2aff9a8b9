import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The trigger on stored commands works in the schema of its tables, whatever the search path of the session: an
 * operator may delete a command from a session with another one. All other functions are called by name, from sessions
 * that find the tables. In the command database.
 */
export class PinSearchPath1767139200070 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER FUNCTION tell_saga_of_timer() SET search_path FROM CURRENT');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER FUNCTION tell_saga_of_timer() RESET search_path');
  }
}
