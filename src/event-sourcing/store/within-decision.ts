/** A decision that is running. */
export interface RunningDecision {
  /** Throws the error and fails this run, even if the decision catches the error. */
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
 * Guards a method that has an effect. A decision may run several times, and the effect with it.
 * @param method its name, for the error
 * @throws Error within a decision, which fails as well
 */
export function refuseWithinDecision(method: string): void {
  running?.interrupt(
    new Error(
      `${method} was called within a decision. A decision may run several times, and this effect with it. ` +
        'To append to several streams, load and append to all of them in one decision. ' +
        'For any other effect, wait until EventStore.transact has resolved.',
    ),
  );
}
