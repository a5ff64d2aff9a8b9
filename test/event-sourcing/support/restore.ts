import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogDatabase } from './log-database.js';

/** A backup of an event log, as COPY makes it. */
export class Backup {
  private constructor(
    private readonly folder: string,
    private readonly sequence: number,
  ) {}

  static async of(source: LogDatabase): Promise<Backup> {
    const folder = await mkdtemp(join(tmpdir(), 'event-log-backup-'));
    await chmod(folder, 0o777); // the server writes into it as a user of its own
    for (const table of ['event_log', 'event_log_identity', 'command_outcome']) {
      await source.query(`COPY ${table} TO '${folder}/${table}'`);
    }
    const [row] = await source.query<{ last: number }>(
      'SELECT last_value::float8 AS last FROM event_position',
    );
    return new Backup(folder, row?.last ?? 0);
  }

  /** Restores into a database with an empty log. Without the sequence where only the tables were saved. */
  async restoreInto(target: LogDatabase, { withSequence = true } = {}): Promise<void> {
    await target.query('DELETE FROM event_log_identity');
    for (const table of ['event_log', 'event_log_identity', 'command_outcome']) {
      await target.query(`COPY ${table} FROM '${this.folder}/${table}'`);
    }
    if (withSequence) await target.query(`SELECT setval('event_position', $1)`, [this.sequence]);
  }

  /** Takes a log that was appended to back to what it was, in its place. Positions are drawn again from there. */
  async rollBack(target: LogDatabase): Promise<void> {
    await target.query(`ALTER TABLE event_log DISABLE TRIGGER event_log_is_append_only`);
    await target.query('TRUNCATE event_log, command_outcome');
    await target.query(`ALTER TABLE event_log ENABLE ALWAYS TRIGGER event_log_is_append_only`);
    await this.restoreInto(target);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}
