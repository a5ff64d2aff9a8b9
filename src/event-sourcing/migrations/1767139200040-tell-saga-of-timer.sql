-- Raises the epoch of a saga whose timer was removed or brought forward before its time, because the saga may remember
-- that the timer waits. The next move of its checkpoint then fails, and the saga forgets.
-- `event_sourcing.saga_told` names the saga that needs no raise in this transaction: it made the change itself, or its
-- epoch is raised already. The trigger asks too, but it does so for all rows of a statement before this runs for any.
CREATE FUNCTION tell_saga_of_timer() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF OLD.source IS DISTINCT FROM current_setting('event_sourcing.saga_told', true) THEN
      UPDATE checkpoint SET epoch = epoch + 1 WHERE name = OLD.source;
      PERFORM set_config('event_sourcing.saga_told', OLD.source, true);
    END IF;
    RETURN NULL;
  END $$
