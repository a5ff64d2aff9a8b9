import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A running process, and the handlers that it has. */
@Entity({ name: 'lease_member' })
export class LeaseMemberRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'lease_member_pkey' })
  readonly id!: string;

  @Column({ name: 'alive_until', type: 'timestamptz', precision: 3 })
  readonly aliveUntil!: Date;

  /** The states of its handlers, by name. */
  @Column({ type: 'jsonb', default: {} })
  readonly handlers!: Readonly<Record<string, string>>;

  /** Whether it takes a share of the subscriptions. */
  @Column({ type: 'boolean', default: true })
  readonly shares!: boolean;

  /** Whether its code can run the partitions of a handler. */
  @Column({ name: 'knows_partitions', type: 'boolean', default: false })
  readonly knowsPartitions!: boolean;

  /** Names the code that the process runs; `null` if that code is too old to say. */
  @Column({ type: 'text', nullable: true })
  readonly release!: string | null;
}
