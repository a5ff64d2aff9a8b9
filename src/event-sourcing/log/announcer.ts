/** Where processes hear of events that others have stored. */
export const NEWS_CHANNEL = 'event_log';
const PAUSE_MS = 50;

/**
 * Tells other processes that something was stored: the first time at once, then at most every 50 ms. Never inside an append, as
 * NOTIFY makes commits wait for each other. Those who miss it look for themselves a little later.
 */
export class Announcer {
  private underWay: Promise<void> | undefined;
  private isDue = false;

  /** @param tell sends the word; a failure of it must be dealt with there */
  constructor(private readonly tell: () => Promise<void>) {}

  announce(): void {
    this.isDue = true;
    this.underWay ??= this.run().finally(() => {
      this.underWay = undefined;
    });
  }

  /** Resolves when all that was due has been told. */
  async done(): Promise<void> {
    await this.underWay;
  }

  private async run(): Promise<void> {
    while (this.isDue) {
      this.isDue = false;
      await this.tell();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
