import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How far one subscription has come. */
@Entity({ name: 'checkpoint' })
export class CheckpointRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'checkpoint_pkey' })
  readonly name!: string;

  /** Position of the last event that was taken in; 0 before the first. */
  @Column({ type: 'bigint' })
  readonly position!: string;

  /** Id of the event at `position`: a checkpoint that does not fit its log is found out by it. */
  @Column({ name: 'event_id', type: 'uuid', nullable: true })
  readonly eventId!: string | null;

  @Column({ name: 'log_id', type: 'uuid' })
  readonly logId!: string;

  /** Where a projection's views are filled for the first time: the end of the log when this was made. */
  @Column({ name: 'fill_until', type: 'bigint', default: 0 })
  readonly fillUntil!: string;

  /** Raised by whoever takes the subscription over; the writes of those before are refused from then on. */
  @Column({ type: 'integer' })
  readonly epoch!: number;

  /** The claim that it is worked on under; null while nobody does. */
  @Column({ type: 'uuid', nullable: true })
  readonly holder!: string | null;

  /** The process that holds the claim. */
  @Column({ type: 'uuid', nullable: true })
  readonly member!: string | null;

  @Column({ name: 'leased_until', type: 'timestamptz', precision: 3, nullable: true })
  readonly leasedUntil!: Date | null;

  /** `projection`, `handler` or `saga`; null until a process that has the handler has started. */
  @Column({ type: 'text', nullable: true })
  readonly kind!: string | null;

  /** The tables that a projection keeps, quoted where need be; null for other kinds, and until a process that has it has started. */
  @Column({ type: 'text', array: true, nullable: true })
  readonly views!: readonly string[] | null;

  /** A table of its views had rows when this checkpoint was made. Nobody may claim it until they are cleared. */
  @Column({ name: 'has_old_rows', type: 'boolean', default: false })
  readonly hasOldRows!: boolean;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  readonly updatedAt!: Date;
}
