import { Entity, PrimaryColumn } from 'typeorm';

/** An event type, in a schema version, that was ever registered by a process on this log. */
@Entity({ name: 'event_type' })
export class EventTypeRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'event_type_pkey' })
  readonly type!: string;

  @PrimaryColumn({ name: 'schema_version', type: 'integer', primaryKeyConstraintName: 'event_type_pkey' })
  readonly schemaVersion!: number;
}
