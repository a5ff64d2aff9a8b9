-- Stores commands in their order, then removes the cancelled ones. Returns how many rows the last step touched.
--
-- A command whose id exists replaces the stored one if it is another run (run_id). With "keep" it is left out if the
-- stored one still waits. Cancelling does not stop a command that is running.
-- Queues are locked in sorted order: two calls cannot block each other, and one command of each queue is ready.
CREATE FUNCTION store_commands(p_commands jsonb, p_cancelled text[]) RETURNS integer LANGUAGE plpgsql AS $$
  DECLARE
    touched integer;
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('queue ' || q.queue, 0))
       FROM (SELECT DISTINCT c->>'queue' AS queue FROM jsonb_array_elements(p_commands) AS c
              WHERE c->>'queue' IS NOT NULL ORDER BY 1) AS q;
    INSERT INTO durable_command AS d (id, run_id, source, queue, type, data, metadata, due_at, ready)
    SELECT c->>'id', (c->>'runId')::uuid, c->>'source', c->>'queue', c->>'type', c->'data', c->'metadata',
           coalesce((c->>'dueAt')::timestamptz, now()),
           c->>'queue' IS NULL
             OR row_number() OVER (PARTITION BY c->>'queue' ORDER BY n) = 1
                AND NOT EXISTS (SELECT FROM durable_command e WHERE e.queue = c->>'queue')
      FROM jsonb_array_elements(p_commands) WITH ORDINALITY AS a(c, n)
     WHERE NOT ((c->>'keep')::boolean AND EXISTS (SELECT FROM durable_command e WHERE e.id = c->>'id' AND e.holder IS NULL))
     ORDER BY n
        ON CONFLICT (id) DO UPDATE
       SET run_id = excluded.run_id, type = excluded.type, data = excluded.data, metadata = excluded.metadata,
           due_at = excluded.due_at, attempts = 0, error = NULL
     WHERE d.run_id <> excluded.run_id;
    GET DIAGNOSTICS touched = ROW_COUNT;
    IF cardinality(p_cancelled) > 0 THEN
      DELETE FROM durable_command WHERE id = ANY (p_cancelled) AND queue IS NULL;
      GET DIAGNOSTICS touched = ROW_COUNT;
    END IF;
    RETURN touched;
  END $$
