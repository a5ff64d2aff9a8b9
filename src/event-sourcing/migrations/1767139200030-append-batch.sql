-- Appends a batch. The appends are numbered from 1. Returns a row for each append that was not simply stored, and one
-- row for append 0 with the positions of all stored events, in their order. Unlike append_events it returns positions,
-- and appends to several streams may build on each other. It takes the same locks in the same order.
--
-- p_check_... are the streams whose versions and times are looked up. Append p_base_append[i] builds on append p_base[i]
-- and fails with it; it needs no look-up of the streams that the other writes. The pairs are sorted by p_base_append.
CREATE FUNCTION append_batch(
  p_wait boolean,
  p_first_event uuid[], p_base_append integer[], p_base integer[],
  p_check_append integer[], p_check_stream text[], p_check_version integer[], p_check_time timestamptz[], p_check_writes boolean[],
  p_command_append integer[], p_command_id uuid[], p_command_fingerprint text[], p_command_outcome jsonb[],
  p_event_append integer[], p_event_stream text[], p_event_version integer[], p_event_id uuid[], p_event_type text[],
  p_event_schema_version integer[], p_event_data jsonb[], p_event_metadata jsonb[], p_event_occurred_at timestamptz[]
) RETURNS TABLE (append integer, status text, fingerprint text, outcome jsonb, positions text) LANGUAGE plpgsql AS $$
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
      IF cardinality(p_command_id) > 0 THEN
        INSERT INTO command_outcome (command_id, fingerprint, outcome)
        SELECT * FROM unnest(p_command_id, p_command_fingerprint, p_command_outcome);
      END IF;
      RETURN QUERY
      WITH stored AS (
        INSERT INTO event_log
        SELECT nextval('event_position'), e.*
          FROM unnest(p_event_stream, p_event_version, p_event_id, p_event_type, p_event_schema_version, p_event_data, p_event_metadata,
                      p_event_occurred_at) AS e
        RETURNING position)
      SELECT 0, NULL, NULL, NULL::jsonb, string_agg(position::text, ',' ORDER BY position) FROM stored;
      RETURN;
    END IF;

    -- An append fails by itself, or because it builds on one that did.
    failed := coalesce(busy, '{}') || coalesce(repeated, '{}') || coalesce(stale, '{}');
    FOR i IN 1 .. cardinality(p_base) LOOP
      IF p_base[i] = ANY (failed) THEN
        failed := failed || p_base_append[i];
      END IF;
    END LOOP;
    SELECT array_agg(DISTINCT f) INTO failed FROM unnest(failed) AS f;

    INSERT INTO command_outcome (command_id, fingerprint, outcome)
    SELECT c.id, c.fingerprint, c.outcome
      FROM unnest(p_command_append, p_command_id, p_command_fingerprint, p_command_outcome) AS c(append, id, fingerprint, outcome)
     WHERE c.append <> ALL (failed);
    RETURN QUERY
    WITH stored AS (
      INSERT INTO event_log
      SELECT nextval('event_position'), e.stream, e.version, e.id, e.type, e.schema_version, e.data, e.metadata, e.occurred_at
        FROM unnest(p_event_append, p_event_stream, p_event_version, p_event_id, p_event_type, p_event_schema_version, p_event_data,
                    p_event_metadata, p_event_occurred_at)
          AS e(append, stream, version, id, type, schema_version, data, metadata, occurred_at)
       WHERE e.append <> ALL (failed)
      RETURNING position)
    SELECT 0, NULL, NULL, NULL::jsonb, string_agg(position::text, ',' ORDER BY position) FROM stored;

    RETURN QUERY
    SELECT f.append,
           CASE WHEN f.append = ANY (busy) THEN 'busy'
                WHEN f.append = ANY (repeated) THEN 'repeated'
                -- sent a second time after its answer was lost
                WHEN EXISTS (SELECT FROM event_log l WHERE l.id = p_first_event[f.append]) THEN 'appended'
                ELSE 'conflict' END,
           o.fingerprint, o.outcome, NULL
      FROM unnest(failed) AS f(append)
      LEFT JOIN unnest(p_command_append, p_command_id) AS c(append, id) ON c.append = f.append
      LEFT JOIN command_outcome o ON o.command_id = c.id AND f.append = ANY (repeated);
  END $$
