/** A decision that is being run. */
export interface RunningDecision {
  /** Makes this run count for nothing, whatever the decision makes of the error, and throws it. */
  interrupt(error: Error): never;
}

/** A decision is synchronous, so a process runs one at a time. */
let running: RunningDecision | undefined;

/** Runs a decision. Until it returns, `refuseWithinDecision` throws. */
export function whileDeciding<T>(decision: RunningDecision, decide: () => T): T {
  running = decision;
  try {
    return decide();
  } finally {
    running = undefined;
  }
}

/**
 * Stands at the head of everything that has an effect. A decision may run several times, and its effects with it.
 * @param what the method that was called
 * @throws Error within a decision, which fails as well
 */
export function refuseWithinDecision(what: string): void {
  running?.interrupt(
    new Error(
      `${what} was called within a decision. A decision may run several times, and this effect with it. To append to several streams, load and append to all of them in one decision; for any other effect, wait until EventStore.transact has resolved.`,
    ),
  );
}
