import { LOCKED } from '../projections/rebuild-schema.js';
import { HAS_OLD_ROWS, IS_OF, NAMES_OF } from '../subscriptions/checkpoint.sql.js';

export const HEAD = 'SELECT coalesce(max(position), 0)::float8 AS position FROM event_log';

/** One row for each handler with a checkpoint: it stands where its last partition stands. */
const HANDLERS = `
  SELECT coalesce(partition_of, name) AS name, max(kind) AS kind, max(views) AS views,
         min(position)::float8 AS position, bool_or(${HAS_OLD_ROWS}) AS "hasOldRows", bool_and(is_held) AS "isHeld",
         jsonb_agg(jsonb_build_object('position', position, 'isHeld', is_held) ORDER BY partition)
           FILTER (WHERE partition IS NOT NULL) AS partitions
    FROM (SELECT *, coalesce(is_leased(member, leased_until), false) AS is_held FROM checkpoint) c
   WHERE partitions = 1 GROUP BY coalesce(partition_of, name)`;

/** What is parked of each handler, in all its partitions. */
const PARKED = `
  SELECT coalesce(k.partition_of, e.handler) AS handler, count(*)::int AS parked,
         bool_or(e.attempts > 0 AND e.retry_at IS NULL) AS stuck
    FROM parked_event e LEFT JOIN checkpoint k ON k.name = e.handler GROUP BY coalesce(k.partition_of, e.handler)`;

/** One row for each name in $1 and each handler with a checkpoint. In the query database. */
export const STATUSES = `
  SELECT name, c.kind, c.views, c.position, coalesce(c."hasOldRows", false) AS "hasOldRows",
         coalesce(c."isHeld", false) AS "isHeld", coalesce(c.partitions, '[]') AS partitions,
         (SELECT array_agg(DISTINCT m.handlers->>name) FROM lease_member m
           WHERE m.handlers->>name IS NOT NULL AND is_leased(m.id, m.alive_until)) AS states,
         ${LOCKED('name')} AS "isRebuilt",
         coalesce(e.parked, 0) AS parked, coalesce(e.stuck, false) AS "needsHelp"
    FROM unnest($1::text[]) AS name
    FULL JOIN (${HANDLERS}) c USING (name)
    LEFT JOIN (${PARKED}) e ON e.handler = name`;

/** The same, with parked commands. In the command database. */
export const STATUSES_WITH_COMMANDS = `
  SELECT s.name, s.kind, s.views, s.position, s."hasOldRows", s."isHeld", s.partitions, s.states, s."isRebuilt",
         s.parked + coalesce(d.parked, 0) AS parked, s."needsHelp" OR d.parked IS NOT NULL AS "needsHelp"
    FROM (${STATUSES}) s
    LEFT JOIN (SELECT source, count(*)::int AS parked FROM durable_command WHERE due_at IS NULL GROUP BY source) d
      ON d.source = s.name`;

/** The age in seconds of the first event after each position in $1, up to the position $2. */
export const AGES = `
  SELECT p.position::float8 AS position, greatest(extract(epoch FROM now() - e.occurred_at), 0)::float8 AS seconds
    FROM unnest($1::bigint[]) AS p(position)
   CROSS JOIN LATERAL (SELECT occurred_at FROM event_log l
                        WHERE l.position > p.position AND l.position <= $2 ORDER BY l.position LIMIT 1) e`;

const EVENTS = `
  SELECT event_id AS id, stream, position::float8 AS position, type, attempts, error, parked_at AS "parkedAt",
         retry_at AS "retryAt", false AS "isCommand", position::float8 AS "order"
    FROM parked_event WHERE handler IN ${NAMES_OF('$1')}`;

const COMMANDS = `
  SELECT run_id, substr(queue, length(source) + 2), NULL::float8, type, attempts, error, created_at,
         due_at, true, sequence::float8
    FROM durable_command WHERE source = $1 AND due_at IS NULL`;

const page = (items: string) => `
  SELECT * FROM (${items}) AS item WHERE ("isCommand", "order") > ($2, $3) ORDER BY "isCommand", "order" LIMIT $4`;

/** A row if the handler $1 has a checkpoint. */
export const HAS_CHECKPOINT = 'SELECT FROM checkpoint WHERE name = $1';

/** At most $4 parked items of the handler $1 after the place ($2, $3). In the query database. */
export const PARKED_ITEMS = page(EVENTS);
/** The same, with parked commands. In the command database. */
export const PARKED_ITEMS_WITH_COMMANDS = page(`${EVENTS} UNION ALL ${COMMANDS}`);

/**
 * The mark of the parked event $2 of the handler $1: the position and row version of the first event of its key. It
 * changes with every attempt. In the query database.
 */
export const MARK_OF_PARKED = `
  SELECT first.position || ' ' || first.xmin AS mark
    FROM parked_event asked
   CROSS JOIN LATERAL (SELECT position, xmin FROM parked_event f
                        WHERE f.handler = asked.handler AND f.key = asked.key ORDER BY position LIMIT 1) first
   WHERE asked.handler IN ${NAMES_OF('$1')} AND asked.event_id = $2`;
/** The same, with the runs of commands. In the command database. */
export const MARK_OF_PARKED_WITH_COMMANDS = `
  ${MARK_OF_PARKED}
  UNION ALL SELECT id || ' ' || xmin FROM durable_command WHERE source = $1 AND run_id = $2 AND due_at IS NULL`;

/** The mark of the view of the projection $1. It changes when a rebuild replaces the view. */
export const MARK_OF_VIEW = 'SELECT epoch::text AS mark FROM checkpoint WHERE name = $1';

/** Whoever changes several rows of a handler locks this one first, so that no two wait for each other. */
export const LOCK_HANDLER = 'SELECT FROM checkpoint WHERE name = $1 FOR UPDATE';

/**
 * Makes the holders of a handler read the parked events again. Until the end of the transaction they cannot move the
 * checkpoints.
 */
export const RAISE_EPOCH = `UPDATE checkpoint SET epoch = epoch + 1 WHERE ${IS_OF('$1')}`;

/**
 * Makes the first event of a key due, whichever of its events $2 is. Returns a row if there is such an event and its
 * mark is still $3; null matches any mark.
 */
export const RETRY_KEY = `
  UPDATE parked_event e SET retry_at = now()
    FROM (SELECT handler, key FROM parked_event WHERE handler IN ${NAMES_OF('$1')} AND event_id = $2) asked
   WHERE e.handler = asked.handler AND e.key = asked.key
     AND e.position = (SELECT min(position) FROM parked_event f WHERE f.handler = e.handler AND f.key = e.key)
     AND coalesce($3 = e.position || ' ' || e.xmin, true)
  RETURNING e.key`;

/** Returns a row if there was such an event. */
export const DROP_EVENT = `
  DELETE FROM parked_event WHERE handler IN ${NAMES_OF('$1')} AND event_id = $2
  RETURNING handler, key, position::float8 AS position`;

/** Makes the next event of the key $2 of the handler or partition $1 due, if the event at $3 was the first. */
export const RETRY_NEXT = `
  UPDATE parked_event e SET retry_at = now()
   WHERE e.handler = $1 AND e.key = $2
     AND e.position = (SELECT min(position) FROM parked_event f WHERE f.handler = $1 AND f.key = $2)
     AND e.position > $3::bigint`;

/** Makes a parked command due, if its mark is still $3; null matches any mark. */
export const RETRY_COMMAND = `
  UPDATE durable_command SET due_at = now(), attempts = 0
   WHERE source = $1 AND run_id = $2 AND due_at IS NULL AND coalesce($3 = id || ' ' || xmin, true) RETURNING id`;

/** Returns a row if there was such a command. */
export const DROP_COMMAND = `
  SELECT finish_commands(array_agg(id), array_agg(run_id)) FROM (
    SELECT id, run_id FROM durable_command WHERE source = $1 AND run_id = $2 AND due_at IS NULL FOR UPDATE) c
  HAVING count(*) > 0`;
