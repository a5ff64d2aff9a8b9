-- Appends one event to one stream and remembers no command: the most frequent append. Returns 'appended', 'conflict' or
-- 'busy'. Processes of the release before append_single call it during a deployment.
CREATE FUNCTION append_event(
  p_stream text, p_version integer, p_id uuid, p_type text, p_schema_version integer,
  p_data jsonb, p_metadata jsonb, p_occurred_at timestamptz,
  p_condition_stream text[], p_condition_version integer[]
) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE
    last record;
    stale boolean := false;
  BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended(p_stream, 0)) THEN
      RETURN 'busy';
    END IF;
    FOR i IN 1 .. cardinality(p_condition_stream) LOOP
      IF NOT pg_try_advisory_xact_lock_shared(hashtextextended(p_condition_stream[i], 0)) THEN
        RETURN 'busy';
      END IF;
    END LOOP;
    LOCK TABLE event_log IN ROW EXCLUSIVE MODE;
    FOR i IN 1 .. cardinality(p_condition_stream) LOOP
      stale := stale OR p_condition_version[i] <> coalesce(
        (SELECT l.version FROM event_log l WHERE l.stream = p_condition_stream[i] ORDER BY l.version DESC LIMIT 1), 0);
    END LOOP;
    SELECT l.version, l.occurred_at INTO last FROM event_log l WHERE l.stream = p_stream ORDER BY l.version DESC LIMIT 1;
    IF stale OR coalesce(last.version, 0) <> p_version - 1 OR last.occurred_at > p_occurred_at THEN
      -- It is there already when it is sent a second time after its answer was lost.
      RETURN CASE WHEN EXISTS (SELECT FROM event_log l WHERE l.id = p_id) THEN 'appended' ELSE 'conflict' END;
    END IF;
    INSERT INTO event_log VALUES (nextval('event_position'), p_stream, p_version, p_id, p_type, p_schema_version, p_data, p_metadata, p_occurred_at);
    RETURN 'appended';
  END $$
