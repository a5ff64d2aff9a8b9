import { installPeers } from '../http/peers.js';
import type { EventStore } from '../peers/emmett-events.js';
import type { Call } from '../support/measure.js';
import type { Appenders } from './appenders.js';
import { sampleEvent, sampleMetadata, StreamCursor } from './sample-event.js';

/** One event at a time by `appendToStream` of Emmett, at the version that is expected. */
export class EmmettAppenders implements Appenders {
  private constructor(private readonly store: EventStore) {}

  /** @param url of an empty database */
  static async create(url: string, say: (line: string) => void): Promise<EmmettAppenders> {
    await installPeers(say);
    // It finds its packages from its own folder only, once they are installed.
    const { openEmmett } = await import('../peers/emmett-events.js');
    return new EmmettAppenders(await openEmmett(url));
  }

  appender(): Call {
    const cursor = new StreamCursor();
    return async () => {
      const { cartId, stream, version } = cursor.next();
      const { type, ...data } = sampleEvent(cartId);
      await this.store.appendToStream(stream, [{ type, data, metadata: sampleMetadata(cartId) }], {
        expectedStreamVersion: version === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(version),
      });
    };
  }

  async close(): Promise<void> {
    await this.store.close();
  }
}
