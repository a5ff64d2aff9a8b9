/** What has to be undone at the end, whether the bench succeeds, fails or is interrupted. */
export class Cleanup {
  private readonly steps: (() => Promise<unknown>)[] = [];

  /** Registers a step. It may find that there is nothing left to do. */
  add(step: () => Promise<unknown>): void {
    this.steps.push(step);
  }

  /**
   * Takes all steps, the latest first. A step that fails does not keep the others from being taken.
   * @returns the errors of the steps that failed
   */
  async run(): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      await step().catch((error: unknown) => errors.push(error));
    }
    return errors;
  }
}
