-- Refuses an append to a closed log. Its error code tells processes to stop.
CREATE FUNCTION refuse_append() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION USING ERRCODE = 'DC001', MESSAGE = (
      SELECT coalesce(obj_description(oid, 'pg_trigger'), 'The event log is closed.')
        FROM pg_trigger WHERE tgrelid = TG_RELID AND tgname = TG_NAME);
  END $$
