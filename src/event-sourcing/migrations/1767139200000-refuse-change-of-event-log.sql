-- Makes the event log append-only, for every role.
CREATE FUNCTION refuse_change_of_event_log() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'the event log is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
      END $$
