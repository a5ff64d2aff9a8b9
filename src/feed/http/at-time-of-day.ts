/** A timer runs on, however the clock is set meanwhile: it is held against the time of day so often. */
const LOOK_AGAIN_MS = 60_000;

/**
 * Calls `act` once, when the clock shows a time.
 * @param time milliseconds since 1970; `Infinity` for never
 * @returns the function that calls it off
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
