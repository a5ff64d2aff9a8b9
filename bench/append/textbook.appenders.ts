import { Column, DataSource, Entity, PrimaryGeneratedColumn, type Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { EventMetadata } from '../../src/event-sourcing/index.js';
import type { Call } from '../support/measure.js';
import type { Appenders } from './appenders.js';
import { sampleEvent, sampleMetadata, StreamCursor } from './sample-event.js';
import { POOL_SIZE } from './single-insert.appenders.js';

/** The row of the event log once more, with a position that the database gives. TypeORM assigns the columns, hence each `!`. */
@Entity({ name: 'textbook_event' })
class TextbookEvent {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  position!: string;

  @Column({ type: 'text' })
  stream!: string;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ name: 'schema_version', type: 'integer' })
  schemaVersion!: number;

  @Column({ type: 'jsonb' })
  data!: object;

  @Column({ type: 'jsonb' })
  metadata!: EventMetadata;

  @Column({ name: 'occurred_at', type: 'timestamptz', precision: 3 })
  occurredAt!: Date;
}

/** The way of the textbooks: find the last event of the stream, save an entity with the next version. */
export class TextbookAppenders implements Appenders {
  private constructor(
    private readonly dataSource: DataSource,
    private readonly events: Repository<TextbookEvent>,
  ) {}

  static async create(url: string): Promise<TextbookAppenders> {
    const dataSource = await new DataSource({
      type: 'postgres',
      url,
      entities: [TextbookEvent],
      extra: { max: POOL_SIZE, options: '-c synchronous_commit=on' },
    }).initialize();
    await dataSource.query('CREATE SEQUENCE textbook_position');
    await dataSource.query('CREATE TABLE textbook_event (LIKE event_log INCLUDING ALL)');
    await dataSource.query(
      `ALTER TABLE textbook_event ALTER COLUMN position SET DEFAULT nextval('textbook_position')`,
    );
    return new TextbookAppenders(dataSource, dataSource.getRepository(TextbookEvent));
  }

  appender(): Call {
    const cursor = new StreamCursor();
    return async () => {
      const { cartId, stream } = cursor.next();
      const last = await this.events.findOne({ where: { stream }, order: { version: 'DESC' } });
      const event = sampleEvent(cartId);
      const row = this.events.create({
        stream,
        version: (last?.version ?? 0) + 1,
        id: uuidv7(),
        type: event.type,
        schemaVersion: 1,
        data: event,
        metadata: sampleMetadata(cartId),
        occurredAt: new Date(),
      });
      await this.events.save(row);
    };
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
  }
}
