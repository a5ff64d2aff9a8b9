export const LOG_ID = 'SELECT id FROM event_log_identity';

/** A process that moves the checkpoint $1 waits for the end of the transaction. */
export const LOCK_CHECKPOINT =
  'SELECT kind, views, has_old_rows AS "hasOldRows" FROM checkpoint WHERE name = $1 FOR UPDATE';

export const HAS_TABLE = 'SELECT to_regclass($1) IS NOT NULL AS "isThere"';
/** Projections other than $1 that write one of the tables $2. */
export const OTHERS_ON_VIEW = 'SELECT FROM checkpoint WHERE name <> $1 AND views && $2 AND NOT has_old_rows';

export const DROP_CHECKPOINT = 'DELETE FROM checkpoint WHERE name = $1';
export const DROP_PARKED_EVENTS = 'DELETE FROM parked_event WHERE handler = $1';

/** Commands behind the dropped ones in their queues become ready. */
export const DROP_PARKED_COMMANDS = `
  SELECT count(*)::int AS dropped, finish_commands(array_agg(id), array_agg(run_id))
    FROM (SELECT id, run_id FROM durable_command WHERE source = $1 AND due_at IS NULL FOR UPDATE) c`;

export const RENAME_PARKED_EVENTS = 'UPDATE parked_event SET handler = $2 WHERE handler = $1';

/** Until the end of the transaction no process takes a command of the source $1 from its queue. */
export const LOCK_QUEUES = `
  SELECT pg_advisory_xact_lock(hashtextextended('queue ' || q.queue, 0))
    FROM (SELECT DISTINCT queue FROM durable_command WHERE source = $1 AND queue IS NOT NULL ORDER BY 1) q`;

/** Renames the queues too, so that later commands queue up behind the present ones. */
export const RENAME_COMMANDS = `
  UPDATE durable_command SET source = $2, queue = $2 || substr(queue, length($1) + 1) WHERE source = $1`;

/** Ends the lease, so that a process acquires the checkpoint within a second. */
const FREED = 'epoch = epoch + 1, holder = NULL, member = NULL, leased_until = NULL, updated_at = now()';

export const RENAME_CHECKPOINT = `UPDATE checkpoint SET name = $2, ${FREED} WHERE name = $1`;
export const BEGIN_ANEW = `
  UPDATE checkpoint
     SET position = 0, event_id = NULL, fill_until = greatest(fill_until, position), log_id = $2,
         has_old_rows = false, ${FREED}
   WHERE name = $1`;
