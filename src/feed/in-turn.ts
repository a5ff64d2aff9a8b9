/**
 * Runs the work for one key in sequence, in the order of the calls.
 * @param turns the last turn of each busy key; this function maintains it, the caller owns it
 * @returns the result of `work`. If it rejects, the next turn starts all the same.
 */
export async function inTurn<T>(
  turns: Map<string, Promise<unknown>>,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  const before = turns.get(key);
  const turn = (async () => {
    // The result of the previous turn is for its own caller.
    await before?.then(done, done);
    return work();
  })();
  turns.set(key, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(key) === turn) turns.delete(key);
  }
}

const done = (): undefined => undefined;
