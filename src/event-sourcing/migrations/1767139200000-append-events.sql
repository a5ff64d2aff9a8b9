-- Appends a batch. The appends are numbered from 1. Returns a row for each append that was not simply stored.
-- Processes of the release before append_batch call it during a deployment.
--
-- It decides each append separately and stores those that hold in one statement. Why this is safe:
-- * It locks the streams that an append writes (exclusive) or depends on (shared) for the transaction. Then it reads
--   their versions in a new snapshot. If a lock is not free at once, the append is 'busy'. So no batch waits for
--   another, and no deadlock can arise. Only a call with p_wait queues for locks; it carries one append, with its
--   streams sorted.
-- * It locks the table before it draws a position. Readers that look for the settled part of the log rely on that.
-- * Only the INSERT draws positions, in the order of the arrays. So within a stream positions rise with versions.
--
-- p_chain[n] is the number of the append that begins the chain of append n. A chain is the commands that were decided
-- one after the other on one stream. Only the first of a chain has the version of its stream checked; the others build
-- on it and fail with it.
CREATE FUNCTION append_events(
  p_wait boolean,
  p_chain integer[], p_first_event uuid[],
  p_check_append integer[], p_check_stream text[], p_check_version integer[], p_check_time timestamptz[], p_check_writes boolean[],
  p_command_append integer[], p_command_id uuid[], p_command_fingerprint text[], p_command_outcome jsonb[],
  p_event_append integer[], p_event_stream text[], p_event_version integer[], p_event_id uuid[], p_event_type text[],
  p_event_schema_version integer[], p_event_data jsonb[], p_event_metadata jsonb[], p_event_occurred_at timestamptz[]
) RETURNS TABLE (append integer, status text, fingerprint text, outcome jsonb) LANGUAGE plpgsql AS $$
  #variable_conflict use_column
  DECLARE
    busy integer[];
    repeated integer[];
    stale integer[];
    failed integer[];
  BEGIN
    IF p_wait THEN
      PERFORM CASE WHEN c.writes THEN pg_advisory_xact_lock(hashtextextended(c.stream, 0))
                   ELSE pg_advisory_xact_lock_shared(hashtextextended(c.stream, 0)) END
         FROM unnest(p_check_stream, p_check_writes) AS c(stream, writes);
      PERFORM pg_advisory_xact_lock(hashtextextended('command ' || c.id, 0)) FROM unnest(p_command_id) AS c(id);
    ELSE
      SELECT array_agg(c.append) INTO busy
        FROM unnest(p_check_append, p_check_stream, p_check_writes) AS c(append, stream, writes)
       WHERE NOT CASE WHEN c.writes THEN pg_try_advisory_xact_lock(hashtextextended(c.stream, 0))
                      ELSE pg_try_advisory_xact_lock_shared(hashtextextended(c.stream, 0)) END;
      IF cardinality(p_command_id) > 0 THEN
        SELECT busy || array_agg(c.append) INTO busy
          FROM unnest(p_command_append, p_command_id) AS c(append, id)
         WHERE NOT pg_try_advisory_xact_lock(hashtextextended('command ' || c.id, 0));
      END IF;
    END IF;

    LOCK TABLE event_log IN ROW EXCLUSIVE MODE;

    IF cardinality(p_command_id) > 0 THEN
      SELECT array_agg(c.append) INTO repeated
        FROM unnest(p_command_append, p_command_id) AS c(append, id) JOIN command_outcome o ON o.command_id = c.id;
    END IF;

    SELECT array_agg(c.append) INTO stale
      FROM unnest(p_check_append, p_check_stream, p_check_version, p_check_time) AS c(append, stream, version, time)
      LEFT JOIN LATERAL (
        SELECT l.version, l.occurred_at FROM event_log l WHERE l.stream = c.stream ORDER BY l.version DESC LIMIT 1) last ON true
     WHERE coalesce(last.version, 0) <> c.version OR last.occurred_at > c.time;

    IF busy IS NULL AND repeated IS NULL AND stale IS NULL THEN
      INSERT INTO event_log
      SELECT nextval('event_position'), e.*
        FROM unnest(p_event_stream, p_event_version, p_event_id, p_event_type, p_event_schema_version, p_event_data, p_event_metadata,
                    p_event_occurred_at) AS e;
      IF cardinality(p_command_id) > 0 THEN
        INSERT INTO command_outcome (command_id, fingerprint, outcome)
        SELECT * FROM unnest(p_command_id, p_command_fingerprint, p_command_outcome);
      END IF;
      RETURN;
    END IF;

    -- An append fails by itself, or because it builds on one that did.
    failed := coalesce(busy, '{}') || coalesce(repeated, '{}') || coalesce(stale, '{}');
    SELECT array_agg(a.append) INTO failed
      FROM unnest(p_chain) WITH ORDINALITY AS a(chain, append)
     WHERE EXISTS (SELECT FROM unnest(failed) AS f(append) WHERE p_chain[f.append] = a.chain AND f.append <= a.append);

    INSERT INTO event_log
    SELECT nextval('event_position'), e.stream, e.version, e.id, e.type, e.schema_version, e.data, e.metadata, e.occurred_at
      FROM unnest(p_event_append, p_event_stream, p_event_version, p_event_id, p_event_type, p_event_schema_version, p_event_data,
                  p_event_metadata, p_event_occurred_at)
        AS e(append, stream, version, id, type, schema_version, data, metadata, occurred_at)
     WHERE e.append <> ALL (failed);
    INSERT INTO command_outcome (command_id, fingerprint, outcome)
    SELECT c.id, c.fingerprint, c.outcome
      FROM unnest(p_command_append, p_command_id, p_command_fingerprint, p_command_outcome) AS c(append, id, fingerprint, outcome)
     WHERE c.append <> ALL (failed);

    RETURN QUERY
    SELECT f.append,
           CASE WHEN f.append = ANY (busy) THEN 'busy'
                WHEN f.append = ANY (repeated) THEN 'repeated'
                -- sent a second time after its answer was lost
                WHEN EXISTS (SELECT FROM event_log l WHERE l.id = p_first_event[f.append]) THEN 'appended'
                ELSE 'conflict' END,
           o.fingerprint, o.outcome
      FROM unnest(failed) AS f(append)
      LEFT JOIN unnest(p_command_append, p_command_id) AS c(append, id) ON c.append = f.append
      LEFT JOIN command_outcome o ON o.command_id = c.id AND f.append = ANY (repeated);
  END $$
