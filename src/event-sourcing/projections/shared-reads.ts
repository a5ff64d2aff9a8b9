import { isConnectionError, isPoolExhausted, sqlState } from '../postgres/database-errors.js';

/** Statements under way. With a second one, a slow read does not hold up all others. */
const AT_ONCE = 2;

interface Batch<Found> {
  readonly keys: Set<string>;
  readonly found: Promise<ReadonlyMap<string, Found>>;
}

/**
 * Reads what belongs to a key. Readers that come while statements are under way share the next one. So a read begins
 * after its reader has asked.
 */
export class SharedReads<Found> {
  private readonly running = new Set<Promise<void>>();
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
      if (batch.keys.size === 1 || !mayBeOfKey(error)) throw error;
      return foundFor(key, await this.readAll([key]));
    }
  }

  private open(): Batch<Found> {
    const keys = new Set<string>();
    return { keys, found: this.send(keys) };
  }

  private async send(keys: ReadonlySet<string>): Promise<ReadonlyMap<string, Found>> {
    if (this.running.size >= AT_ONCE) await Promise.race(this.running);
    // Requests that arrive in one turn of the event loop share a statement.
    await new Promise((resolve) => setImmediate(resolve));
    this.next = undefined;
    const reading = this.readAll([...keys]);
    const forget = (): void => {
      this.running.delete(end);
    };
    const end: Promise<void> = reading.then(forget, forget);
    this.running.add(end);
    return reading;
  }
}

/** Whether a key that its column does not accept may be the reason: SQLSTATE class 22 or 23, or an error of ours. */
function mayBeOfKey(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return /^2[23]/.test(state);
  return !isConnectionError(error) && !isPoolExhausted(error);
}

function foundFor<Found>(key: string, found: ReadonlyMap<string, Found>): Found {
  if (!found.has(key)) throw new Error(`The read of several keys returned nothing for the key ${key}.`);
  return found.get(key) as Found; // it is there, even if it is undefined
}
