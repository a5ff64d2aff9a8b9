/** Wakes one waiter. A signal set while nobody waits is kept for the next wait. */
export class Signal {
  private isSet = false;
  private waiter: (() => void) | undefined;

  set(): void {
    this.isSet = true;
    this.waiter?.();
  }

  /** Resolves when the signal is set, or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.isSet) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.waiter = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.isSet = false;
    this.waiter = undefined;
  }
}
