import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Taken } from './taken.js';

/** How far a subscription has come, and who holds it. Of a split handler: one row for each partition, and one for all. */
@Entity({ name: 'checkpoint' })
@Check('checkpoint_split', 'has_old_rows OR partition_of IS NOT NULL OR (partitions = 1 AND taken IS NULL)')
export class CheckpointRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'checkpoint_pkey' })
  readonly name!: string;

  /** Position of the last event that was delivered or skipped; 0 before the first. */
  @Column({ type: 'bigint' })
  readonly position!: string;

  /** Id of the event at `position`. It shows whether the checkpoint matches the log. */
  @Column({ name: 'event_id', type: 'uuid', nullable: true })
  readonly eventId!: string | null;

  @Column({ name: 'log_id', type: 'uuid' })
  readonly logId!: string;

  /** The end of the log when the checkpoint was created. From there on the views of a new projection are filled. */
  @Column({ name: 'fill_until', type: 'bigint', default: 0 })
  readonly fillUntil!: string;

  /** Rises with each new holder; writes under an older epoch are refused. */
  @Column({ type: 'integer' })
  readonly epoch!: number;

  /** Id of the present holder; null while nobody holds it. */
  @Column({ type: 'uuid', nullable: true })
  readonly holder!: string | null;

  /** The process of the holder. */
  @Column({ type: 'uuid', nullable: true })
  readonly member!: string | null;

  @Column({ name: 'leased_until', type: 'timestamptz', precision: 3, nullable: true })
  readonly leasedUntil!: Date | null;

  /** `projection`, `handler`, `saga` or `relay`; null until a process with the handler has started. */
  @Column({ type: 'text', nullable: true })
  readonly kind!: string | null;

  /**
   * The tables of a projection, quoted if need be; null for other kinds, and until a process with the handler has
   * started.
   */
  @Column({ type: 'text', array: true, nullable: true })
  readonly views!: readonly string[] | null;

  /**
   * Whether a table of its views had rows when the checkpoint was created. Nobody can acquire it until they are
   * cleared. Also true for the row of a split handler, and while such a row has `taken`: releases that know no
   * partitions must not acquire it.
   */
  @Column({ name: 'has_old_rows', type: 'boolean', default: false })
  readonly hasOldRows!: boolean;

  /** For a partition: the name of the handler. */
  @Index('checkpoint_partition_of')
  @Column({ name: 'partition_of', type: 'text', nullable: true })
  readonly partitionOf!: string | null;

  /** For a partition: its index. */
  @Column({ type: 'integer', nullable: true })
  readonly partition!: number | null;

  /** Number of partitions of the handler; 1 if it is not split, and for the row of a partition. */
  @Column({ type: 'integer', default: 1 })
  readonly partitions!: number;

  /** Events behind the position that earlier partitions have handled; null if there are none. */
  @Column({ type: 'jsonb', nullable: true })
  readonly taken!: Taken | null;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  readonly updatedAt!: Date;
}
