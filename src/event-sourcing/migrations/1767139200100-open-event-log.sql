-- Allows appends again. New events get positions after p_after.
CREATE FUNCTION open_event_log(p_after bigint) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    LOCK TABLE event_log IN SHARE ROW EXCLUSIVE MODE;
    PERFORM setval('event_position', greatest(p_after, (SELECT last_value FROM event_position)));
    DROP TRIGGER IF EXISTS event_log_is_closed ON event_log;
  END $$
