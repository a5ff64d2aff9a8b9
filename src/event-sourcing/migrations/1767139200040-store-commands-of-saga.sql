-- Stores and cancels commands as "store_commands" does, for a saga whose checkpoint the statement has locked. Returns
-- its waiting timers among those with "keep": the real time at which each is due, which may be that of a timer stored
-- before, and how far away that is. Both are in milliseconds.
CREATE FUNCTION store_commands_of_saga(p_saga text, p_commands jsonb, p_cancelled text[]) RETURNS jsonb LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM set_config('event_sourcing.saga_told', p_saga, true);
    PERFORM store_commands(p_commands, p_cancelled);
    RETURN (
      SELECT coalesce(jsonb_agg(jsonb_build_object('id', d.id,
                                                   'dueAt', extract(epoch FROM d.due_at) * 1000,
                                                   'leftMs', extract(epoch FROM d.due_at - now()) * 1000)), '[]')
        FROM durable_command d
       WHERE d.id = ANY (ARRAY(SELECT e->>'id' FROM jsonb_array_elements(p_commands) AS e WHERE (e->>'keep')::boolean))
         AND d.source = p_saga AND d.queue IS NULL AND d.due_at > now());
  END $$
