/**
 * Runs what is for one key one after the other, in the order of the calls.
 * @param turns the last turn of each key that is busy; it is kept here, and belongs to the caller
 * @returns what `work` resolves to; it rejects likewise, and the next turn begins all the same
 */
export async function inTurn<T>(
  turns: Map<string, Promise<unknown>>,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  const before = turns.get(key);
  const turn = (async () => {
    // How the turn before ended is for its own caller to know.
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
