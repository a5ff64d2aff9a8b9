/** Whether a checkpoint cannot be acquired because its views have old rows. */
export const HAS_OLD_ROWS = '(has_old_rows AND partitions = 1 AND taken IS NULL)';

/** Whether a checkpoint is that of a handler, or of one of its partitions. */
export const IS_OF = (handler: string): string => `(name = ${handler} OR partition_of = ${handler})`;

/** The names under which the parked events of a handler are stored: its own, and those of its partitions. */
export const NAMES_OF = (handler: string): string =>
  `(SELECT k.name FROM checkpoint k WHERE k.name = ${handler} OR k.partition_of = ${handler})`;

/** Creates checkpoints of handlers. The row of a split handler, which nobody holds, only tells that it is split. */
export const CREATE = `
  INSERT INTO checkpoint (name, partitions, has_old_rows, position, event_id, log_id, epoch, fill_until)
  SELECT name, partitions, partitions > 1, $3, $4, $5, 0, $6
    FROM unnest($1::text[], $2::integer[]) AS handler(name, partitions)
      ON CONFLICT (name) DO NOTHING RETURNING name`;

/** Creates the partitions $2 with the indexes $3 of the handler $1, at the place of its checkpoint, with `taken` $4. */
export const CREATE_PARTITIONS = `
  INSERT INTO checkpoint
         (name, partition, partition_of, position, event_id, log_id, epoch, fill_until, kind, views, taken)
  SELECT p.name, p.partition, c.name, c.position, c.event_id, c.log_id, 0, c.fill_until, c.kind, c.views, $4::jsonb
    FROM checkpoint c, unnest($2::text[], $3::integer[]) AS p(name, partition) WHERE c.name = $1`;

/** Says what kind of handler $1 is, and which views it has. */
export const DESCRIBE = `
  UPDATE checkpoint SET kind = $2, views = $3
   WHERE ${IS_OF('$1')} AND (kind, views) IS DISTINCT FROM ($2, $3::text[])`;
