import { sqlState } from '../postgres/database-errors.js';

const ended = (): void => undefined;
/** SQLSTATE class of values that their type does not accept. */
const DATA_EXCEPTION = '22';

interface Batch<Found> {
  readonly keys: Set<string>;
  readonly found: Promise<ReadonlyMap<string, Found>>;
}

/**
 * Reads what belongs to a key, with one statement at a time. Readers that come while it runs share the next one. So a
 * read begins after its reader has asked.
 */
export class SharedReads<Found> {
  private running: Promise<void> | undefined;
  private next: Batch<Found> | undefined;

  /** @param readAll runs a statement; its result has an entry for each key */
  constructor(private readonly readAll: (keys: readonly string[]) => Promise<ReadonlyMap<string, Found>>) {}

  async read(key: string): Promise<Found> {
    const batch = (this.next ??= this.open());
    batch.keys.add(key);
    try {
      return foundFor(key, await batch.found);
    } catch (error) {
      // Another reader's key may be the reason.
      if (batch.keys.size === 1 || !sqlState(error)?.startsWith(DATA_EXCEPTION)) throw error;
      return foundFor(key, await this.readAll([key]));
    }
  }

  private open(): Batch<Found> {
    const keys = new Set<string>();
    return { keys, found: this.send(keys) };
  }

  private async send(keys: ReadonlySet<string>): Promise<ReadonlyMap<string, Found>> {
    await this.running;
    // Requests that arrive in one turn of the event loop share a statement.
    await new Promise((resolve) => setImmediate(resolve));
    this.next = undefined;
    const reading = this.readAll([...keys]);
    this.running = reading.then(ended, ended);
    return reading;
  }
}

function foundFor<Found>(key: string, found: ReadonlyMap<string, Found>): Found {
  if (!found.has(key)) throw new Error(`The read of several keys returned nothing for the key ${key}.`);
  return found.get(key) as Found; // it is there, even if it is undefined
}
