import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** The one row that identifies this log. Checkpoints carry the id, so that none is used with another log. */
@Entity({ name: 'event_log_identity' })
@Unique('event_log_identity_one_key', ['one'])
@Check('event_log_identity_one_check', 'one')
export class LogIdentityRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'event_log_identity_pkey' })
  readonly id!: string;

  @Column({ type: 'boolean', default: true })
  readonly one!: boolean;
}
