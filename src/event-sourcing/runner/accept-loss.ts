import type { DatabasePair } from '../subscriptions/data-sources.js';
import { StoredHandlers } from './stored-handlers.js';
import { FREED } from './stored-handlers.sql.js';

/**
 * Puts checkpoints at lost events back to the last event before. A process writes its checkpoints until it notices the
 * loss, and it handles events from memory.
 */
const LEAVE_LOST_EVENTS = `
  UPDATE checkpoint c
     SET position = coalesce((SELECT max(e.position) FROM event_log e WHERE e.position <= c.position), 0),
         event_id = (SELECT e.id FROM event_log e WHERE e.position <= c.position ORDER BY e.position DESC LIMIT 1),
         ${FREED}
   WHERE position > 0 AND NOT EXISTS (SELECT FROM event_log e WHERE e.position = c.position AND e.id = c.event_id)`;

/** Handlers may have failed at lost events, which can neither be retried nor dropped one by one. */
const DROP_PARKED_LOST_EVENTS = `
  DELETE FROM parked_event p WHERE NOT EXISTS (SELECT FROM event_log e WHERE e.position = p.position AND e.id = p.event_id)`;

/** The last position that any handler, or any earlier partition of one, has handled. */
const LAST_HANDLED = `
  SELECT coalesce(max(greatest(position, (
           SELECT max(p::bigint) FROM jsonb_array_elements(taken) list, jsonb_array_elements_text(list) p
         ))), 0)::float8 AS position
    FROM checkpoint`;

/** Why a process refuses to work meanwhile, and after an interruption. */
const REASON =
  'The loss of events is being accepted. If "accept-loss" was interrupted, run it again, and restart.';

/** What was done. */
export interface AcceptedLoss {
  /** The projections whose views were cleared. */
  readonly cleared: readonly string[];
  /** New events get positions after this one. */
  readonly after: number;
}

/**
 * Goes on with a log that has lost events. Views may hold the effect of the lost ones, so they are all cleared and
 * filled again from the log. Other handlers go on after the last event that they have handled. Positions of lost events
 * are not used again, because other systems may have read them.
 */
export async function acceptLoss(databases: DatabasePair): Promise<AcceptedLoss> {
  const { command, query } = databases;
  let after = 0;
  for (const dataSource of new Set([command, query])) {
    const [row]: { position: number }[] = await dataSource.query(LAST_HANDLED);
    after = Math.max(after, row?.position ?? 0);
  }
  // First: only the checkpoints that are put back below tell the positions of lost events.
  await command.query('SELECT close_event_log($1, $2)', [REASON, after]);
  const projections: { name: string }[] = await query.query(
    `SELECT name FROM checkpoint WHERE kind = 'projection' AND partition_of IS NULL ORDER BY name`,
  );
  const handlers = new StoredHandlers(databases);
  for (const { name } of projections) await handlers.clear(name);
  await command.query(LEAVE_LOST_EVENTS);
  await command.query(DROP_PARKED_LOST_EVENTS);
  // Last: processes store nothing before the views are cleared.
  await command.query('SELECT open_event_log($1)', [after]);
  return { cleared: projections.map(({ name }) => name), after };
}
