-- Stores and cancels commands as "store_commands" does, for everything but a saga. Locks the checkpoints of sagas whose
-- waiting timers it may touch before it locks commands, as a saga does: the two cannot block each other.
CREATE FUNCTION change_commands(p_commands jsonb, p_cancelled text[]) RETURNS integer LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM 1 FROM checkpoint c
      WHERE c.name IN (
        SELECT d.source FROM durable_command d
         WHERE d.id = ANY (p_cancelled || ARRAY(SELECT e->>'id' FROM jsonb_array_elements(p_commands) AS e))
           AND d.due_at > now())
      ORDER BY c.name FOR NO KEY UPDATE;
    RETURN store_commands(p_commands, p_cancelled);
  END $$
