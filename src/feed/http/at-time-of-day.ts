/** A timer ignores changes of the clock, so the time of day is checked at this interval. */
const LOOK_AGAIN_MS = 60_000;

/**
 * Calls `act` once, when the clock reaches a time.
 * @param time milliseconds since 1970; `Infinity` for never
 * @returns a function that cancels it
 */
export function atTimeOfDay(time: number, act: () => void): () => void {
  if (time === Infinity) return () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const left = time - Date.now();
    if (left <= 0) act();
    else timer = setTimeout(look, Math.min(left, LOOK_AGAIN_MS));
  };
  look();
  return () => {
    clearTimeout(timer);
  };
}
