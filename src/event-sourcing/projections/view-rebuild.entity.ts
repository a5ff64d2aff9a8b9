import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The last rebuild of the view of a projection. */
@Entity({ name: 'view_rebuild' })
export class ViewRebuildRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'view_rebuild_pkey' })
  readonly projection!: string;

  /** Identifies the rebuild for those who wait for it. */
  @Column({ type: 'uuid' })
  readonly id!: string;

  @Column({ name: 'requested_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  readonly requestedAt!: Date;

  /** When a process has begun it; null until then. */
  @Column({ name: 'begun_at', type: 'timestamptz', precision: 3, nullable: true })
  readonly begunAt!: Date | null;

  /** When it has ended; null until then, and if its process has died. */
  @Column({ name: 'ended_at', type: 'timestamptz', precision: 3, nullable: true })
  readonly endedAt!: Date | null;

  /** Why the view was not replaced; null if it was. */
  @Column({ type: 'text', nullable: true })
  readonly error!: string | null;
}
