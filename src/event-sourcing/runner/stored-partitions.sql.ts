import { FREED } from './stored-handlers.sql.js';

/** Where the partitions of the handler $1 are, by index. A process that moves one waits for the end of the transaction. */
export const LOCK_PLACES = `
  SELECT name, position::float8, event_id AS "eventId", taken FROM checkpoint
   WHERE (name = $1 OR partition_of = $1) AND partitions = 1 ORDER BY partition FOR UPDATE`;

export const DROP_PARTITIONS = 'DELETE FROM checkpoint WHERE partition_of = $1';

/**
 * Puts the checkpoint of the handler $1 at a place, with the number of partitions $4. While it is split, and while it has
 * events to skip, $5, releases that know no partitions must not acquire it.
 */
export const PLACE = `
  UPDATE checkpoint
     SET position = $2, event_id = $3, partitions = $4, taken = $5::jsonb,
         has_old_rows = $4 > 1 OR $5::jsonb IS NOT NULL, ${FREED}
   WHERE name = $1`;

/** Running processes that have the handler $1 and would not follow a change of its partitions. */
export const OLDER_MEMBERS = `
  SELECT FROM lease_member WHERE handlers ? $1 AND NOT knows_partitions AND is_leased(id, alive_until)`;

/** The keys that are held up in the partitions $1. */
export const PARKED_KEYS = 'SELECT DISTINCT handler, key FROM parked_event WHERE handler = ANY ($1)';

export const MOVE_PARKED_EVENTS = `
  UPDATE parked_event e SET handler = k.now
    FROM unnest($1::text[], $2::text[], $3::text[]) AS k(before, key, now)
   WHERE e.handler = k.before AND e.key = k.key`;
