import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { EventMetadata } from '../kernel/recorded-event.js';

/** A row of the event log. Only the functions `append_batch` and `append_single` insert rows, which never change. */
@Entity({ name: 'event_log' })
@Unique('event_log_stream_version_key', ['stream', 'version'])
@Unique('event_log_id_key', ['id'])
@Check('event_log_version_check', 'version > 0')
export class EventRow {
  /** Place in the log, drawn from a sequence. There are holes where a transaction was aborted. */
  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'event_log_pkey' })
  readonly position!: string;

  @Column({ type: 'text', collation: 'C' })
  readonly stream!: string;

  @Column({ type: 'integer' })
  readonly version!: number;

  @Column({ type: 'uuid' })
  readonly id!: string;

  @Column({ type: 'text' })
  readonly type!: string;

  @Column({ name: 'schema_version', type: 'integer' })
  readonly schemaVersion!: number;

  @Column({ type: 'jsonb' })
  readonly data!: Record<string, unknown>;

  @Column({ type: 'jsonb' })
  readonly metadata!: EventMetadata;

  @Column({ name: 'occurred_at', type: 'timestamptz', precision: 3 })
  readonly occurredAt!: Date;
}
