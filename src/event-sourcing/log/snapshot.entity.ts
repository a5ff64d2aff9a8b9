import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** The newest snapshot of a stream, for each decider that takes snapshots of it. Any row may be deleted at any time. */
@Entity({ name: 'stream_snapshot' })
@Check('stream_snapshot_version_check', 'version > 0')
export class SnapshotRow {
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'stream_snapshot_pkey' })
  readonly stream!: string;

  /** Name of the decider's snapshots. */
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'stream_snapshot_pkey' })
  readonly decider!: string;

  /** Identifies the fold: the version that the decider declares, and a digest of its code. */
  @Column({ type: 'text' })
  readonly fold!: string;

  /** Number of events that the state was folded from. */
  @Column({ type: 'integer' })
  readonly version!: number;

  /** Id of the last of these events. It shows whether the snapshot belongs to the log. */
  @Column({ name: 'event_id', type: 'uuid' })
  readonly eventId!: string;

  /** The state as JSON. It is text, because jsonb does not keep the order of properties. */
  @Column({ type: 'text' })
  readonly state!: string;

  /** Digest of all columns above. */
  @Column({ type: 'text' })
  readonly checksum!: string;

  @Column({ name: 'written_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  readonly writtenAt!: Date;
}
