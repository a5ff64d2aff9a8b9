import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A stored command, to run at once or at its time. The row is deleted after it has run. */
@Entity({ name: 'durable_command' })
@Index('durable_command_due', ['dueAt'], { where: 'ready AND due_at IS NOT NULL' })
@Index('durable_command_queue', ['queue', 'sequence'], { where: 'queue IS NOT NULL' })
@Index('durable_command_parked', ['source'], { where: 'due_at IS NULL' })
export class DurableCommandRow {
  /** Names the command for cancelling and replacing it. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'durable_command_pkey' })
  readonly id!: string;

  /** Differs whenever the command is stored again. The appends of its run are remembered under it. */
  @Column({ name: 'run_id', type: 'uuid' })
  readonly runId!: string;

  @Column({ type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS' })
  readonly sequence!: string;

  /** The saga that it comes from, or `commands` if code has enqueued it. */
  @Column({ type: 'text' })
  readonly source!: string;

  /** Commands of one queue run one after the other; `null` for a command that waits for no other. */
  @Column({ type: 'text', nullable: true })
  readonly queue!: string | null;

  /** Stable name of its class. */
  @Column({ type: 'text' })
  readonly type!: string;

  @Column({ type: 'jsonb' })
  readonly data!: Record<string, unknown>;

  /** Correlation, causation, actor, and perhaps the trace. */
  @Column({ type: 'jsonb' })
  readonly metadata!: unknown;

  /** Whether it is the first of its queue. */
  @Column({ type: 'boolean' })
  readonly ready!: boolean;

  /** When it is due; `null` if it is parked. */
  @Column({ name: 'due_at', type: 'timestamptz', precision: 3, nullable: true })
  readonly dueAt!: Date | null;

  @Column({ type: 'integer', default: 0 })
  readonly attempts!: number;

  @Column({ type: 'text', nullable: true })
  readonly error!: string | null;

  /** The process that runs it now. */
  @Column({ type: 'uuid', nullable: true })
  readonly holder!: string | null;

  @Column({ name: 'leased_until', type: 'timestamptz', precision: 3, nullable: true })
  readonly leasedUntil!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  readonly createdAt!: Date;
}
