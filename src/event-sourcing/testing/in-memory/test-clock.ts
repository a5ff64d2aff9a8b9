/** A clock that stands still until a test moves it. */
export class TestClock {
  private readonly listeners = new Set<() => void>();

  /** @param time in milliseconds since 1970 */
  constructor(private time: number) {}

  /** The present of the test. */
  now(): Date {
    return new Date(this.time);
  }

  /**
   * Moves the clock forward. It never goes back.
   * @param time in milliseconds since 1970
   */
  moveTo(time: number): void {
    if (time <= this.time) return;
    this.time = time;
    for (const listener of this.listeners) listener();
  }

  /** Calls `listener` whenever the clock has moved. */
  onMove(listener: () => void): void {
    this.listeners.add(listener);
  }
}
