import type { EventLog } from '../event-log.js';

const ended = (): void => undefined;

/**
 * Tells a reader how far it has to read to see everything that any process had acknowledged before the reader came: up to the last
 * event that was committed then. One look-up runs at a time. Readers that come while it runs share the next one, as what it finds
 * may be older than they are.
 */
export class LogHead {
  /** What the last look-up found, as long as this process has stored nothing since. */
  private known: number | undefined;
  private stores = 0;
  private running: Promise<void> | undefined;
  private next: Promise<number> | undefined;

  /**
   * @param isAlone whether no other process can write the log: then the head moves only when this process stores events. Once it is
   *   false, it must stay false
   */
  constructor(
    private readonly log: Pick<EventLog, 'lookUpHead' | 'onStored'>,
    private readonly isAlone: () => boolean,
  ) {
    // Whoever waits for the append is told later than this.
    log.onStored(() => {
      this.stores += 1;
      this.known = undefined;
    });
  }

  /**
   * @returns a position; every event that was committed before the call is at it, or below
   * @throws LogUnavailableError when the log is out of reach
   */
  async position(): Promise<number> {
    if (this.known !== undefined && this.isAlone()) return this.known;
    return (this.next ??= this.lookUp());
  }

  private async lookUp(): Promise<number> {
    await this.running;
    // Requests that arrive in one turn of the event loop share a look-up.
    await new Promise((resolve) => setImmediate(resolve));
    this.next = undefined;
    const { stores } = this;
    const looking = this.log.lookUpHead();
    this.running = looking.then(ended, ended);
    const position = await looking;
    if (stores === this.stores) this.known = position;
    return position;
  }
}
