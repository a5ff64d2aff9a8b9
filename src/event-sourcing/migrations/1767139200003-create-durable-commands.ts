import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Commands that wait to be run, and the names of events that were ever registered. In the command database.
 *
 * Commands of one queue are run one after the other: only the first of them is `ready`. Who puts commands into a queue and who
 * takes one out lock the queue, so that none is left behind unready; queues are locked in sorted order.
 */
export class CreateDurableCommands1767139200003 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE durable_command (
        id           text           NOT NULL,
        run_id       uuid           NOT NULL,
        sequence     bigint         NOT NULL GENERATED ALWAYS AS IDENTITY,
        source       text           NOT NULL,
        queue        text,
        type         text           NOT NULL,
        data         jsonb          NOT NULL,
        metadata     jsonb          NOT NULL,
        ready        boolean        NOT NULL,
        due_at       timestamptz(3),
        attempts     integer        NOT NULL DEFAULT 0,
        error        text,
        holder       uuid,
        leased_until timestamptz(3),
        created_at   timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT durable_command_pkey PRIMARY KEY (id)
      )`);
    await queryRunner.query(`
      CREATE INDEX durable_command_due ON durable_command (due_at) WHERE ready AND due_at IS NOT NULL`);
    await queryRunner.query(`
      CREATE INDEX durable_command_queue ON durable_command (queue, sequence) WHERE queue IS NOT NULL`);
    await queryRunner.query(`
      CREATE INDEX durable_command_parked ON durable_command (source) WHERE due_at IS NULL`);
    await queryRunner.query(`
      CREATE INDEX command_outcome_recorded_at ON command_outcome USING brin (recorded_at)`);
    await queryRunner.query(`
      CREATE TABLE event_type (
        type           text    NOT NULL,
        schema_version integer NOT NULL,
        CONSTRAINT event_type_pkey PRIMARY KEY (type, schema_version)
      )`);
    await queryRunner.query(
      `INSERT INTO event_type (type, schema_version) SELECT DISTINCT type, schema_version FROM event_log`,
    );
    await queryRunner.query(STORE_COMMANDS);
    await queryRunner.query(FINISH_COMMANDS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP FUNCTION finish_commands`);
    await queryRunner.query(`DROP FUNCTION store_commands`);
    await queryRunner.query(`DROP TABLE event_type`);
    await queryRunner.query(`DROP INDEX command_outcome_recorded_at`);
    await queryRunner.query(`DROP TABLE durable_command`);
  }
}

/**
 * Stores commands, in their order. One under an id that is there takes its place if it is another run (`run_id`), or is left out when
 * `keep` is set and the other still waits. Then removes the cancelled ones; one that is being run at this moment is not stopped by that.
 */
const STORE_COMMANDS = `
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
  END $$`;

/** Removes commands that were run, unless they were put there anew meanwhile, and makes those behind them ready. */
const FINISH_COMMANDS = `
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
  END $$`;
