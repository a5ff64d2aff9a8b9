import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** The one row that tells this log from any other. Checkpoints carry it, so that none is used with a log it was not made for. */
@Entity({ name: 'event_log_identity' })
@Unique('event_log_identity_one_key', ['one'])
@Check('event_log_identity_one_check', 'one')
export class LogIdentityRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'event_log_identity_pkey' })
  readonly id!: string;

  @Column({ type: 'boolean', default: true })
  readonly one!: boolean;
}
