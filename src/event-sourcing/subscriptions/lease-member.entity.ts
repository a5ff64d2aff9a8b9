import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A process that takes part in the sharing of subscriptions. */
@Entity({ name: 'lease_member' })
export class LeaseMemberRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'lease_member_pkey' })
  readonly id!: string;

  @Column({ name: 'alive_until', type: 'timestamptz', precision: 3 })
  readonly aliveUntil!: Date;
}
