import type { Append, AppendResult } from '../../../src/event-sourcing/log/append/append.js';
import type { EventLog } from '../../../src/event-sourcing/log/event-log.js';
import { eventually } from '../../support/eventually.js';
import { append, write } from './bank.js';
import type { LogDatabase } from './log-database.js';

/** One of the ways that an append can take into the log. All of them owe it the same outcome. */
export interface Way {
  readonly name: string;
  run(append: Append, log: EventLog, database: LogDatabase): Promise<AppendResult>;
}

let companions = 0;

/** An append on a stream of its own, which nothing may hinder. */
export function companion(): Append {
  companions += 1;
  return append([write(`companion-${companions}`, 0)]);
}

const alone: Way = { name: 'alone', run: (append, log) => log.append(append).result };

const inCompany: Way = {
  name: 'between two others in a batch',
  async run(append, log) {
    const before = log.append(companion());
    const pending = log.append(append);
    const behind = log.append(companion());
    await expect(Promise.all([before.result, behind.result])).resolves.toMatchObject([
      { status: 'appended' },
      { status: 'appended' },
    ]);
    return pending.result;
  },
};

const afterWaiting: Way = {
  name: 'after it has waited for locks of another process',
  async run(append, log, database) {
    const streams = [...append.writes, ...append.conditions].map(({ stream }) => stream);
    const keys = append.command ? [...streams, `command ${append.command.id}`] : streams;
    const other = await database.connect();
    await other.query('BEGIN');
    await other.query('SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest($1::text[]) AS k', [
      keys,
    ]);
    const { result } = log.append(append);
    await waitingForLock(database, 'advisory');
    await other.query('COMMIT');
    await other.end();
    return result;
  },
};

/** Resolves when somebody waits for a lock of this type in this database. */
export async function waitingForLock(database: LogDatabase, locktype: string): Promise<void> {
  await eventually(
    `somebody to wait for a lock of type ${locktype}`,
    () =>
      database.query(
        `SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
          WHERE l.locktype = $1 AND NOT l.granted AND a.datname = current_database()`,
        [locktype],
      ),
    (found) => found.length > 0,
  );
}

export const ways: readonly Way[] = [alone, inCompany, afterWaiting];
