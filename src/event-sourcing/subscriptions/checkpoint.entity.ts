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

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  readonly updatedAt!: Date;
}
