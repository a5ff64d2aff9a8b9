import { HAS_OLD_ROWS, IS_OF, NAMES_OF } from '../subscriptions/checkpoint.sql.js';

export const LOG_ID = 'SELECT id FROM event_log_identity';

/**
 * A process that moves the checkpoint $1 waits for the end of the transaction. Views have old rows if a partition cannot
 * be acquired because of them.
 */
export const LOCK_CHECKPOINT = `
  SELECT kind, views, partitions,
         EXISTS (SELECT FROM checkpoint WHERE ${IS_OF('$1')} AND ${HAS_OLD_ROWS}) AS "hasOldRows"
    FROM checkpoint WHERE name = $1 AND partition_of IS NULL FOR UPDATE`;

/** The same for the partitions of $1. */
export const LOCK_PARTITIONS = 'SELECT FROM checkpoint WHERE partition_of = $1 ORDER BY partition FOR UPDATE';

export const HAS_TABLE = 'SELECT to_regclass($1) IS NOT NULL AS "isThere"';
/** Projections other than $1 that write one of the tables $2. */
export const OTHERS_ON_VIEW = `
  SELECT FROM checkpoint WHERE coalesce(partition_of, name) <> $1 AND views && $2 AND NOT ${HAS_OLD_ROWS}`;

export const DROP_CHECKPOINT = `DELETE FROM checkpoint WHERE ${IS_OF('$1')}`;
export const DROP_PARKED_EVENTS = `DELETE FROM parked_event WHERE handler IN ${NAMES_OF('$1')}`;

/** Commands behind the dropped ones in their queues become ready. */
export const DROP_PARKED_COMMANDS = `
  SELECT count(*)::int AS dropped, finish_commands(array_agg(id), array_agg(run_id))
    FROM (SELECT id, run_id FROM durable_command WHERE source = $1 AND due_at IS NULL FOR UPDATE) c`;

/** From the names $1 to the names $2. */
export const RENAME_PARKED_EVENTS = `
  UPDATE parked_event e SET handler = n.after FROM unnest($1::text[], $2::text[]) AS n(before, after)
   WHERE e.handler = n.before`;

/** Until the end of the transaction no process takes a command of the source $1 from its queue. */
export const LOCK_QUEUES = `
  SELECT pg_advisory_xact_lock(hashtextextended('queue ' || q.queue, 0))
    FROM (SELECT DISTINCT queue FROM durable_command WHERE source = $1 AND queue IS NOT NULL ORDER BY 1) q`;

/** Renames the queues too, so that later commands queue up behind the present ones. */
export const RENAME_COMMANDS = `
  UPDATE durable_command SET source = $2, queue = $2 || substr(queue, length($1) + 1) WHERE source = $1`;

/** Ends the lease, so that a process acquires the checkpoint within a second. */
export const FREED =
  'epoch = epoch + 1, holder = NULL, member = NULL, leased_until = NULL, updated_at = now()';

/** From the names $1 to the names $2. The handler gets the name $3. */
export const RENAME_CHECKPOINT = `
  UPDATE checkpoint c
     SET name = n.after, partition_of = CASE WHEN partition_of IS NOT NULL THEN $3 END, ${FREED}
    FROM unnest($1::text[], $2::text[]) AS n(before, after) WHERE c.name = n.before`;
/** The row of a split handler stays closed to releases that know no partitions. */
export const BEGIN_ANEW = `
  UPDATE checkpoint
     SET position = 0, event_id = NULL, log_id = $2,
         fill_until = greatest(fill_until, (SELECT max(position) FROM checkpoint WHERE ${IS_OF('$1')})),
         has_old_rows = partitions > 1, taken = NULL, ${FREED}
   WHERE ${IS_OF('$1')}`;
