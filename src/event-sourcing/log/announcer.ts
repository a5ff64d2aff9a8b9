/** The channel on which a process announces that it has stored events, unless its log says otherwise. */
export const NEWS_CHANNEL = 'event_log';
const PAUSE_MS = 50;

/**
 * Announces to other processes that something was stored: the first time at once, then at most every 50 ms. It never
 * happens inside an append, because NOTIFY makes commits wait for each other. Processes that miss an announcement
 * poll.
 */
export class Announcer {
  private underWay: Promise<void> | undefined;
  private isDue = false;

  /** @param tell sends an announcement; it must handle its failures */
  constructor(private readonly tell: () => Promise<void>) {}

  announce(): void {
    this.isDue = true;
    this.underWay ??= this.run().finally(() => {
      this.underWay = undefined;
    });
  }

  /** Resolves when all announcements that are due were sent. */
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
