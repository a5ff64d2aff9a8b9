import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The outcome of a command whose id is remembered, so that a repeat has the same outcome. */
@Entity({ name: 'command_outcome' })
@Index('command_outcome_recorded_at', ['recordedAt'], { type: 'brin' })
export class CommandOutcomeRow {
  @PrimaryColumn({ name: 'command_id', type: 'uuid', primaryKeyConstraintName: 'command_outcome_pkey' })
  readonly commandId!: string;

  /** Differs for another request under the same id. */
  @Column({ type: 'text' })
  readonly fingerprint!: string;

  @Column({ type: 'jsonb' })
  readonly outcome!: unknown;

  @Column({ name: 'recorded_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  readonly recordedAt!: Date;
}
