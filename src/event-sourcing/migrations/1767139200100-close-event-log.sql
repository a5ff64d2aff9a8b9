-- Makes every append of every process fail, until open_event_log is called. A process calls it when it finds that the log
-- has lost events that were acknowledged. The reason is kept as the comment of a trigger. New events get positions after
-- p_after, so that no other event takes the position of a lost one.
CREATE FUNCTION close_event_log(p_reason text, p_after bigint) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    LOCK TABLE event_log IN SHARE ROW EXCLUSIVE MODE;
    PERFORM setval('event_position', greatest(p_after, (SELECT last_value FROM event_position)));
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'event_log'::regclass AND tgname = 'event_log_is_closed') THEN
      RETURN;
    END IF;
    CREATE TRIGGER event_log_is_closed BEFORE INSERT ON event_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_append();
    ALTER TABLE event_log ENABLE ALWAYS TRIGGER event_log_is_closed;
    EXECUTE format('COMMENT ON TRIGGER event_log_is_closed ON event_log IS %L', p_reason);
  END $$
