import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The event log, the outcomes of remembered commands, and the function that appends.
 *
 * `append_events` decides each append of a batch by itself and stores those that hold in one statement. Why it is safe:
 * - It locks the streams that an append writes (exclusive) or depends on (shared) for the transaction, then looks at their
 *   versions in a new snapshot. A lock that is not free at once makes its append `busy`, so that no batch waits for another and no
 *   deadlock can arise; only a call with `wait` queues up, and that carries a single append, its streams in sorted order.
 * - It locks the table before it draws a position. Readers rely on that: see `log/settled-log.ts`.
 * - Positions are drawn by the INSERT alone, in the order of the arrays, so within a stream they rise with the versions.
 */
export class CreateEventLog1767139200000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE SEQUENCE event_position AS bigint START 1 CACHE 1 NO CYCLE`);
    await queryRunner.query(`
      CREATE TABLE event_log (
        position       bigint         NOT NULL,
        stream         text COLLATE "C" NOT NULL,
        version        integer        NOT NULL CHECK (version > 0),
        id             uuid           NOT NULL,
        type           text           NOT NULL,
        schema_version integer        NOT NULL,
        data           jsonb          NOT NULL,
        metadata       jsonb          NOT NULL,
        occurred_at    timestamptz(3) NOT NULL,
        CONSTRAINT event_log_pkey PRIMARY KEY (position),
        CONSTRAINT event_log_stream_version_key UNIQUE (stream, version),
        CONSTRAINT event_log_id_key UNIQUE (id)
      )`);
    await queryRunner.query(`
      CREATE TABLE command_outcome (
        command_id  uuid           NOT NULL,
        fingerprint text           NOT NULL,
        outcome     jsonb          NOT NULL,
        recorded_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT command_outcome_pkey PRIMARY KEY (command_id)
      )`);
    await queryRunner.query(`
      CREATE TABLE event_log_identity (
        id  uuid NOT NULL,
        one boolean NOT NULL DEFAULT true CHECK (one),
        CONSTRAINT event_log_identity_pkey PRIMARY KEY (id),
        CONSTRAINT event_log_identity_one_key UNIQUE (one)
      )`);
    await queryRunner.query(`INSERT INTO event_log_identity (id) VALUES (gen_random_uuid())`);
    await queryRunner.query(`
      CREATE FUNCTION refuse_change_of_event_log() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'the event log is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER event_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event_log
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_event_log()`);
    await queryRunner.query(`ALTER TABLE event_log ENABLE ALWAYS TRIGGER event_log_is_append_only`);
    await queryRunner.query(APPEND_EVENT);
    await queryRunner.query(APPEND_EVENTS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP FUNCTION append_events`);
    await queryRunner.query(`DROP FUNCTION append_event`);
    await queryRunner.query(`DROP TABLE event_log`);
    await queryRunner.query(`DROP FUNCTION refuse_change_of_event_log`);
    await queryRunner.query(`DROP TABLE event_log_identity`);
    await queryRunner.query(`DROP TABLE command_outcome`);
    await queryRunner.query(`DROP SEQUENCE event_position`);
  }
}

/** The short way for the most frequent append: one event on one stream, nothing remembered. Returns the append's status. */
const APPEND_EVENT = `
  CREATE FUNCTION append_event(
    p_stream text, p_version integer, p_id uuid, p_type text, p_schema_version integer,
    p_data jsonb, p_metadata jsonb, p_occurred_at timestamptz,
    p_condition_stream text[], p_condition_version integer[]
  ) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE
    last record;
    stale boolean := false;
  BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended(p_stream, 0)) THEN
      RETURN 'busy';
    END IF;
    FOR i IN 1 .. cardinality(p_condition_stream) LOOP
      IF NOT pg_try_advisory_xact_lock_shared(hashtextextended(p_condition_stream[i], 0)) THEN
        RETURN 'busy';
      END IF;
    END LOOP;
    LOCK TABLE event_log IN ROW EXCLUSIVE MODE;
    FOR i IN 1 .. cardinality(p_condition_stream) LOOP
      stale := stale OR p_condition_version[i] <> coalesce(
        (SELECT l.version FROM event_log l WHERE l.stream = p_condition_stream[i] ORDER BY l.version DESC LIMIT 1), 0);
    END LOOP;
    SELECT l.version, l.occurred_at INTO last FROM event_log l WHERE l.stream = p_stream ORDER BY l.version DESC LIMIT 1;
    IF stale OR coalesce(last.version, 0) <> p_version - 1 OR last.occurred_at > p_occurred_at THEN
      -- It is there already when it is sent a second time after its answer was lost.
      RETURN CASE WHEN EXISTS (SELECT FROM event_log l WHERE l.id = p_id) THEN 'appended' ELSE 'conflict' END;
    END IF;
    INSERT INTO event_log VALUES (nextval('event_position'), p_stream, p_version, p_id, p_type, p_schema_version, p_data, p_metadata, p_occurred_at);
    RETURN 'appended';
  END $$`;

/**
 * The general way. Appends are numbered from 1. Returns a row for each append that was not simply stored.
 *
 * p_chain[n] is the number of the append that begins the chain of append n: the commands decided one after the other on
 * the same stream. Only the first of a chain has its stream's version checked, the others build on it and fail with it.
 */
const APPEND_EVENTS = `
  CREATE FUNCTION append_events(
    p_wait boolean,
    p_chain integer[], p_first_event uuid[],
    p_check_append integer[], p_check_stream text[], p_check_version integer[], p_check_time timestamptz[], p_check_writes boolean[],
    p_command_append integer[], p_command_id uuid[], p_command_fingerprint text[], p_command_outcome jsonb[],
    p_event_append integer[], p_event_stream text[], p_event_version integer[], p_event_id uuid[], p_event_type text[],
    p_event_schema_version integer[], p_event_data jsonb[], p_event_metadata jsonb[], p_event_occurred_at timestamptz[]
  ) RETURNS TABLE (append integer, status text, fingerprint text, outcome jsonb) LANGUAGE plpgsql AS $$
  #variable_conflict use_column
  DECLARE
    busy integer[];
    repeated integer[];
    stale integer[];
    failed integer[];
  BEGIN
    IF p_wait THEN
      PERFORM CASE WHEN c.writes THEN pg_advisory_xact_lock(hashtextextended(c.stream, 0))
                   ELSE pg_advisory_xact_lock_shared(hashtextextended(c.stream, 0)) END
         FROM unnest(p_check_stream, p_check_writes) AS c(stream, writes);
      PERFORM pg_advisory_xact_lock(hashtextextended('command ' || c.id, 0)) FROM unnest(p_command_id) AS c(id);
    ELSE
      SELECT array_agg(c.append) INTO busy
        FROM unnest(p_check_append, p_check_stream, p_check_writes) AS c(append, stream, writes)
       WHERE NOT CASE WHEN c.writes THEN pg_try_advisory_xact_lock(hashtextextended(c.stream, 0))
                      ELSE pg_try_advisory_xact_lock_shared(hashtextextended(c.stream, 0)) END;
      IF cardinality(p_command_id) > 0 THEN
        SELECT busy || array_agg(c.append) INTO busy
          FROM unnest(p_command_append, p_command_id) AS c(append, id)
         WHERE NOT pg_try_advisory_xact_lock(hashtextextended('command ' || c.id, 0));
      END IF;
    END IF;

    LOCK TABLE event_log IN ROW EXCLUSIVE MODE;

    IF cardinality(p_command_id) > 0 THEN
      SELECT array_agg(c.append) INTO repeated
        FROM unnest(p_command_append, p_command_id) AS c(append, id) JOIN command_outcome o ON o.command_id = c.id;
    END IF;

    SELECT array_agg(c.append) INTO stale
      FROM unnest(p_check_append, p_check_stream, p_check_version, p_check_time) AS c(append, stream, version, time)
      LEFT JOIN LATERAL (
        SELECT l.version, l.occurred_at FROM event_log l WHERE l.stream = c.stream ORDER BY l.version DESC LIMIT 1) last ON true
     WHERE coalesce(last.version, 0) <> c.version OR last.occurred_at > c.time;

    IF busy IS NULL AND repeated IS NULL AND stale IS NULL THEN
      INSERT INTO event_log
      SELECT nextval('event_position'), e.*
        FROM unnest(p_event_stream, p_event_version, p_event_id, p_event_type, p_event_schema_version, p_event_data, p_event_metadata,
                    p_event_occurred_at) AS e;
      IF cardinality(p_command_id) > 0 THEN
        INSERT INTO command_outcome (command_id, fingerprint, outcome)
        SELECT * FROM unnest(p_command_id, p_command_fingerprint, p_command_outcome);
      END IF;
      RETURN;
    END IF;

    -- An append fails by itself, or because it builds on one that did.
    failed := coalesce(busy, '{}') || coalesce(repeated, '{}') || coalesce(stale, '{}');
    SELECT array_agg(a.append) INTO failed
      FROM unnest(p_chain) WITH ORDINALITY AS a(chain, append)
     WHERE EXISTS (SELECT FROM unnest(failed) AS f(append) WHERE p_chain[f.append] = a.chain AND f.append <= a.append);

    INSERT INTO event_log
    SELECT nextval('event_position'), e.stream, e.version, e.id, e.type, e.schema_version, e.data, e.metadata, e.occurred_at
      FROM unnest(p_event_append, p_event_stream, p_event_version, p_event_id, p_event_type, p_event_schema_version, p_event_data,
                  p_event_metadata, p_event_occurred_at)
        AS e(append, stream, version, id, type, schema_version, data, metadata, occurred_at)
     WHERE e.append <> ALL (failed);
    INSERT INTO command_outcome (command_id, fingerprint, outcome)
    SELECT c.id, c.fingerprint, c.outcome
      FROM unnest(p_command_append, p_command_id, p_command_fingerprint, p_command_outcome) AS c(append, id, fingerprint, outcome)
     WHERE c.append <> ALL (failed);

    RETURN QUERY
    SELECT f.append,
           CASE WHEN f.append = ANY (busy) THEN 'busy'
                WHEN f.append = ANY (repeated) THEN 'repeated'
                -- sent a second time after its answer was lost
                WHEN EXISTS (SELECT FROM event_log l WHERE l.id = p_first_event[f.append]) THEN 'appended'
                ELSE 'conflict' END,
           o.fingerprint, o.outcome
      FROM unnest(failed) AS f(append)
      LEFT JOIN unnest(p_command_append, p_command_id) AS c(append, id) ON c.append = f.append
      LEFT JOIN command_outcome o ON o.command_id = c.id AND f.append = ANY (repeated);
  END $$`;
