import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An event that a handler has failed at, or that queues up behind such a one. */
@Entity({ name: 'parked_event' })
@Index('parked_event_due', ['handler', 'retryAt'], { where: 'retry_at IS NOT NULL' })
export class ParkedEventRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'parked_event_pkey' })
  readonly handler!: string;

  /** What is held up: a stream, or for a projection the key of a row. */
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

  /** How often it was tried; 0 for one that queues up. */
  @Column({ type: 'integer' })
  readonly attempts!: number;

  /** What the last attempt failed with. */
  @Column({ type: 'text', nullable: true })
  readonly error!: string | null;

  /** When it is tried again; null for one that is parked, and for those behind it. */
  @Column({ name: 'retry_at', type: 'timestamptz', precision: 3, nullable: true })
  readonly retryAt!: Date | null;

  @Column({ name: 'parked_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  readonly parkedAt!: Date;
}
