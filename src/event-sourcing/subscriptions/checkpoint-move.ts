/** What one statement writes together with the move of a checkpoint. */
export interface Work {
  /** Identifies the prepared statement; `undefined` for a statement that is planned each time. */
  readonly name: string | undefined;
  /** Further parts of the WITH, each after a comma. None may have an effect unless `moved` has a row. */
  readonly sql: string;
  /**
   * A function to call after the move. It cannot be part of the WITH: PostgreSQL skips a SELECT there that nothing
   * reads.
   */
  readonly call?: string;
  readonly values: readonly unknown[];
  /** Receives what `call` returned, after the move. */
  readonly onResult?: ((result: unknown) => void) | undefined;
}

/** Moves the checkpoint alone. */
export const NO_WORK: Work = { name: 'nothing else', sql: '', values: [] };

/** The number of the first parameter that a `Work` may use. */
export const FIRST_WORK_PARAMETER = 10;

/**
 * Moves a checkpoint if and only if it is where its holder left it; all other parts depend on that. The holder is
 * compared too: the epochs of a checkpoint that was dropped and created again start from 0. The commit does not wait
 * for the disk: a crash of PostgreSQL that loses rows of a view also loses the move of its checkpoint, and the events
 * are folded again.
 */
export function moveStatement({ sql, call }: Work): string {
  const result = `name, set_config('synchronous_commit', 'off', true) ${call ? `, ${call} AS result` : ''}`;
  return `${MOVE} ${sql} SELECT ${result} FROM moved`;
}

const MOVE = `
  WITH moved AS (
    UPDATE checkpoint SET position = $1, event_id = $2, updated_at = now()
     WHERE name = $3 AND position = $4 AND epoch = $5 AND holder = $8
       AND now() < coalesce(to_timestamp($9::float8 / 1000), 'infinity') RETURNING name
  ), parked AS (
    INSERT INTO parked_event (handler, key, position, event_id, stream, type, attempts, error, retry_at)
    SELECT $3, p.key, p.position, p."eventId", p.stream, p.type, p.attempts, p.error,
           now() + p."retryInMs" * interval '1 ms'
      FROM jsonb_to_recordset($6::jsonb) AS p(key text, position bigint, "eventId" uuid, stream text, type text,
                                              attempts integer, error text, "retryInMs" float8)
     WHERE EXISTS (SELECT FROM moved)
    ON CONFLICT (handler, key, position)
       DO UPDATE SET attempts = excluded.attempts, error = excluded.error, retry_at = excluded.retry_at
  ), released AS (
    DELETE FROM parked_event e USING jsonb_to_recordset($7::jsonb) AS r(key text, position bigint)
     WHERE e.handler = $3 AND e.key = r.key AND e.position = r.position AND EXISTS (SELECT FROM moved)
  )`;
