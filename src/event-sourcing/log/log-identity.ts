import type pg from 'pg';
import { LogUnavailableError } from './append/append.js';
import type { LogEntry } from './event-reader.js';

/**
 * The log is another one, was restored from another time, or lost events in a failover. Going on would skip events, or
 * contradict what was acknowledged. The message says why, and what to do.
 */
export class LogMismatchError extends LogUnavailableError {
  override readonly name: string = 'LogMismatchError';
}

/** A server that an event log is on. A promotion begins a new timeline. */
export interface LogServer {
  /** Identifies the cluster, with all its standbys. */
  readonly system: string;
  readonly timeline: number;
}

/** What a connection says about the log behind it. */
export interface FoundLog {
  /** Identifies the log; `null` if the table is empty. */
  readonly id: string | null;
  /** `null` for a standby. */
  readonly server: LogServer | null;
  /** Whether new events would get positions that are taken. */
  readonly isBehind: boolean;
  /** Why the log was closed for all processes; `null` if it is open. */
  readonly closedBecause: string | null;
  /** The first position at which not the known event stands; `null` if all of them are there. */
  readonly lost: number | null;
}

/** Name of the trigger that refuses all appends. The migration `CloseEventLog` describes it. */
const CLOSED = `FROM pg_trigger WHERE tgrelid = 'event_log'::regclass AND tgname = 'event_log_is_closed'`;

const INSPECT = `
  SELECT (SELECT id FROM event_log_identity) AS id,
         CASE WHEN pg_is_in_recovery() THEN NULL ELSE json_build_object(
           'system', (SELECT system_identifier::text FROM pg_control_system()),
           'timeline', ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int) END AS server,
         coalesce((SELECT max(position) FROM event_log) > (
           SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM event_position), false) AS "isBehind",
         (SELECT coalesce(obj_description(oid, 'pg_trigger'), '') ${CLOSED}) AS "closedBecause",
         (SELECT min(k.position)::float8 FROM unnest($1::bigint[], $2::uuid[]) AS k(position, id)
           WHERE NOT EXISTS (SELECT FROM event_log l WHERE l.position = k.position AND l.id = k.id)) AS lost`;

/**
 * Looks at the log behind a connection.
 * @param known events that this process has seen or acknowledged
 */
export async function inspectLog(
  database: Pick<pg.ClientBase, 'query'>,
  known: readonly LogEntry[],
): Promise<FoundLog> {
  const { rows } = await database.query<FoundLog>(INSPECT, [
    known.map(({ position }) => position),
    known.map(({ id }) => id),
  ]);
  const [found] = rows;
  if (!found) throw new Error('The look at the event log returned no row.');
  return found;
}
