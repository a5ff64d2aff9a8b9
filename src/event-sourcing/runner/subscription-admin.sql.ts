/** One row for each name of $1, and for each checkpoint. In the database of projections. */
export const STATUSES = `
  SELECT name, c.kind, c.views, c.position::float8 AS position, coalesce(c.has_old_rows, false) AS "hasOldRows",
         coalesce(is_leased(c.member, c.leased_until), false) AS "isHeld",
         (SELECT array_agg(DISTINCT m.handlers->>name) FROM lease_member m
           WHERE m.handlers->>name IS NOT NULL AND is_leased(m.id, m.alive_until)) AS states,
         EXISTS (SELECT FROM pg_locks l
                  WHERE l.locktype = 'advisory' AND l.objsubid = 1
                    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended('rebuild ' || name, 0)) AS "isRebuilt",
         coalesce(e.parked, 0) AS parked, coalesce(e.stuck, false) AS "needsHelp"
    FROM unnest($1::text[]) AS name
    FULL JOIN checkpoint c USING (name)
    LEFT JOIN (SELECT handler, count(*)::int AS parked, bool_or(attempts > 0 AND retry_at IS NULL) AS stuck
                 FROM parked_event GROUP BY handler) e ON e.handler = name`;

/** The same, with the commands that are parked. In the command database. */
export const STATUSES_WITH_COMMANDS = `
  SELECT s.name, s.kind, s.views, s.position, s."hasOldRows", s."isHeld", s.states, s."isRebuilt",
         s.parked + coalesce(d.parked, 0) AS parked, s."needsHelp" OR d.parked IS NOT NULL AS "needsHelp"
    FROM (${STATUSES}) s
    LEFT JOIN (SELECT source, count(*)::int AS parked FROM durable_command WHERE due_at IS NULL GROUP BY source) d
      ON d.source = s.name`;

/** How old the first event behind each of the positions $1 is, in seconds, up to the mark $2. */
export const AGES = `
  SELECT p.position::float8 AS position, greatest(extract(epoch FROM now() - e.occurred_at), 0)::float8 AS seconds
    FROM unnest($1::bigint[]) AS p(position)
   CROSS JOIN LATERAL (SELECT occurred_at FROM event_log l
                        WHERE l.position > p.position AND l.position <= $2 ORDER BY l.position LIMIT 1) e`;

const EVENTS = `
  SELECT event_id AS id, stream, position::float8 AS position, type, attempts, error, parked_at AS "parkedAt",
         retry_at AS "retryAt", false AS "isCommand", position::float8 AS "order"
    FROM parked_event WHERE handler = $1`;

const COMMANDS = `
  SELECT run_id, substr(queue, length(source) + 2), NULL::float8, type, attempts, error, created_at,
         due_at, true, sequence::float8
    FROM durable_command WHERE source = $1 AND due_at IS NULL`;

const page = (items: string) => `
  SELECT * FROM (${items}) AS item WHERE ("isCommand", "order") > ($2, $3) ORDER BY "isCommand", "order" LIMIT $4`;

/** Whether there is a checkpoint of the handler $1. */
export const HAS_CHECKPOINT = 'SELECT FROM checkpoint WHERE name = $1';

/** What is parked of the handler $1 behind the place ($2, $3), at most $4. In the database of projections. */
export const PARKED_ITEMS = page(EVENTS);
/** The same, with the commands that are parked. In the command database. */
export const PARKED_ITEMS_WITH_COMMANDS = page(`${EVENTS} UNION ALL ${COMMANDS}`);

/**
 * The mark of the event $2 that is parked of the handler $1: that of the row that has to go first, in its present version. So it is another one once
 * anything was tried, or begun. In the database of projections.
 */
export const MARK_OF_PARKED = `
  SELECT first.position || ' ' || first.xmin AS mark
    FROM parked_event asked
   CROSS JOIN LATERAL (SELECT position, xmin FROM parked_event f
                        WHERE f.handler = asked.handler AND f.key = asked.key ORDER BY position LIMIT 1) first
   WHERE asked.handler = $1 AND asked.event_id = $2`;
/** The same, with the runs of commands. In the command database. */
export const MARK_OF_PARKED_WITH_COMMANDS = `
  ${MARK_OF_PARKED}
  UNION ALL SELECT id || ' ' || xmin FROM durable_command WHERE source = $1 AND run_id = $2 AND due_at IS NULL`;

/** The mark of the view of the projection $1: another one once a rebuild has taken its place. */
export const MARK_OF_VIEW = 'SELECT epoch::text AS mark FROM checkpoint WHERE name = $1';

/** What the holder remembers of parked events is out of date from here on; until the end it cannot move. */
export const RAISE_EPOCH = 'UPDATE checkpoint SET epoch = epoch + 1 WHERE name = $1';

/**
 * The first event of the key has to go first, whichever of them is asked for. Gives a row where there is such an event, and its mark is still
 * $3, which may be null for any.
 */
export const RETRY_KEY = `
  UPDATE parked_event e SET retry_at = now()
    FROM (SELECT key FROM parked_event WHERE handler = $1 AND event_id = $2) asked
   WHERE e.handler = $1 AND e.key = asked.key
     AND e.position = (SELECT min(position) FROM parked_event f WHERE f.handler = $1 AND f.key = asked.key)
     AND coalesce($3 = e.position || ' ' || e.xmin, true)
  RETURNING e.key`;

/** Gives a row where there was such an event. */
export const DROP_EVENT = `
  DELETE FROM parked_event WHERE handler = $1 AND event_id = $2 RETURNING key, position::float8 AS position`;

/** The next of the key $2 goes on, if the event at $3 was the one that held it up. */
export const RETRY_NEXT = `
  UPDATE parked_event e SET retry_at = now()
   WHERE e.handler = $1 AND e.key = $2
     AND e.position = (SELECT min(position) FROM parked_event f WHERE f.handler = $1 AND f.key = $2)
     AND e.position > $3::bigint`;

export const RETRY_COMMAND = `
  UPDATE durable_command SET due_at = now(), attempts = 0
   WHERE source = $1 AND run_id = $2 AND due_at IS NULL AND coalesce($3 = id || ' ' || xmin, true) RETURNING id`;

export const DROP_COMMAND = `
  SELECT finish_commands(array_agg(id), array_agg(run_id)) FROM (
    SELECT id, run_id FROM durable_command WHERE source = $1 AND run_id = $2 AND due_at IS NULL FOR UPDATE) c
  HAVING count(*) > 0`;
