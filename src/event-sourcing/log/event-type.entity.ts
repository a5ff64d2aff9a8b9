import { Entity, PrimaryColumn } from 'typeorm';

/** An event type and schema version that some process on this log has registered. */
@Entity({ name: 'event_type' })
export class EventTypeRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'event_type_pkey' })
  readonly type!: string;

  @PrimaryColumn({ name: 'schema_version', type: 'integer', primaryKeyConstraintName: 'event_type_pkey' })
  readonly schemaVersion!: number;
}
