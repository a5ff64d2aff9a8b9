import type pg from 'pg';

/** The log is another one, or was restored from another time. Following it would skip events. */
export class LogMismatchError extends Error {
  override readonly name = 'LogMismatchError';
}

/**
 * @returns the id of the log behind a connection
 * @throws LogMismatchError when new events would get positions that are taken
 */
export async function readLogIdentity(database: Pick<pg.ClientBase, 'query'>): Promise<string> {
  const { rows } = await database.query<{ id: string; behind: boolean }>(
    `SELECT i.id, coalesce((SELECT max(position) FROM event_log) > (
              SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM event_position), false) AS behind
       FROM event_log_identity i`,
  );
  const [identity] = rows;
  if (!identity)
    throw new LogMismatchError(
      'The event log has no identity: the table event_log_identity is empty. Restore the row from a backup.',
    );
  if (identity.behind) {
    throw new LogMismatchError(
      'The sequence event_position is behind the event log, as after a partial restore. Correct it with: ' +
        "SELECT setval('event_position', max(position)) FROM event_log;",
    );
  }
  return identity.id;
}
