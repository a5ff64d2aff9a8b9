-- Removes commands that have run and makes the next ones of their queues ready. A command that was stored again under
-- the same id meanwhile stays and is released.
CREATE FUNCTION finish_commands(p_id text[], p_run_id uuid[]) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('queue ' || q.queue, 0))
       FROM (SELECT DISTINCT c.queue FROM durable_command c WHERE c.id = ANY (p_id) AND c.queue IS NOT NULL ORDER BY 1) AS q;
    WITH gone AS (
      DELETE FROM durable_command c USING unnest(p_id, p_run_id) AS f(id, run_id)
       WHERE c.id = f.id AND c.run_id = f.run_id RETURNING c.queue, c.sequence
    )
    UPDATE durable_command c SET ready = true
      FROM gone
     WHERE c.queue = gone.queue AND NOT c.ready
       AND c.sequence = (SELECT min(n.sequence) FROM durable_command n WHERE n.queue = gone.queue AND n.sequence > gone.sequence);
    UPDATE durable_command c SET holder = NULL, leased_until = NULL
      FROM unnest(p_id, p_run_id) AS f(id, run_id)
     WHERE c.id = f.id AND c.run_id <> f.run_id;
  END $$
