import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { Call } from '../support/measure.js';
import type { Appenders } from './appenders.js';
import { sampleEvent, sampleMetadata, StreamCursor } from './sample-event.js';

/** Connections: more make no difference on a machine of two cores. */
export const POOL_SIZE = 20;

/** One prepared INSERT an event, into the same table with the same indexes. It promises nothing but durability. */
export class SingleInsertAppenders implements Appenders {
  private readonly pool: pg.Pool;

  constructor(url: string) {
    this.pool = new pg.Pool({ connectionString: url, max: POOL_SIZE, options: '-c synchronous_commit=on' });
  }

  appender(): Call {
    const cursor = new StreamCursor();
    return async () => {
      const { cartId, stream, version } = cursor.next();
      const event = sampleEvent(cartId);
      await this.pool.query({
        name: 'insert_event',
        text: `INSERT INTO event_log VALUES (nextval('event_position'), $1, $2, $3, $4, $5, $6, $7, $8)`,
        values: [
          stream,
          version + 1,
          uuidv7(),
          event.type,
          1,
          JSON.stringify(event),
          JSON.stringify(sampleMetadata(cartId)),
          new Date().toISOString(),
        ],
      });
    };
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
