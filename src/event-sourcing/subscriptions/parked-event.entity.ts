import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An event that a handler has failed to process, or that waits behind such an event. */
@Entity({ name: 'parked_event' })
@Index('parked_event_due', ['handler', 'retryAt'], { where: 'retry_at IS NOT NULL' })
export class ParkedEventRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'parked_event_pkey' })
  readonly handler!: string;

  /** What is held up: a stream, or the key of a view. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'parked_event_pkey' })
  readonly key!: string;

  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'parked_event_pkey' })
  readonly position!: string;

  @Column({ name: 'event_id', type: 'uuid' })
  readonly eventId!: string;

  @Column({ type: 'text' })
  readonly stream!: string;

  @Column({ type: 'text' })
  readonly type!: string;

  /** Number of attempts; 0 if it only waits for an earlier event. */
  @Column({ type: 'integer' })
  readonly attempts!: number;

  /** The error of the last attempt. */
  @Column({ type: 'text', nullable: true })
  readonly error!: string | null;

  /** When it is retried; null if its attempts are used up, and for events behind it. */
  @Column({ name: 'retry_at', type: 'timestamptz', precision: 3, nullable: true })
  readonly retryAt!: Date | null;

  @Column({ name: 'parked_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  readonly parkedAt!: Date;
}
