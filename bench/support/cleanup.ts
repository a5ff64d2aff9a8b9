/** What has to be undone at the end, whether the bench succeeds, fails or is interrupted. */
export class Cleanup {
  private readonly steps = new Set<() => Promise<unknown>>();
  private isRunning = false;

  /**
   * Registers a step. Call it before the thing exists that the step removes: an interrupt may come in between.
   * @returns a function that takes the step now instead of at the end; the step is taken once
   * @throws Error when the end has begun, so that nothing more is started
   */
  add(step: () => Promise<unknown>): () => Promise<unknown> {
    if (this.isRunning) throw new Error('The bench is ending and starts nothing more.');
    let taken: Promise<unknown> | undefined;
    const takeOnce = (): Promise<unknown> =>
      (taken ??= step().finally(() => {
        this.steps.delete(takeOnce);
      }));
    this.steps.add(takeOnce);
    return takeOnce;
  }

  /**
   * Takes all steps, the latest first. A step that fails does not keep the others from being taken.
   * @returns the errors of the steps that failed
   */
  async run(): Promise<unknown[]> {
    this.isRunning = true;
    const errors: unknown[] = [];
    for (const step of [...this.steps].reverse()) {
      await step().catch((error: unknown) => errors.push(error));
    }
    return errors;
  }
}
