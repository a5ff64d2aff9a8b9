import type { Span } from './played.js';

/** A state, and the time during which it may have been the present one. */
export interface Reign<State> {
  readonly version: number;
  readonly state: State;
  readonly from: number;
  readonly until: number;
}

/** An answer that shows a version. */
export interface Sighting extends Span {
  readonly version: number;
}

/**
 * The time during which each version may have been the present one: from the first request that led to it until an
 * answer has shown a later one.
 * @param states by version, in order, of all versions at which requests ended
 * @throws Error if the answers contradict each other: a version was shown before its predecessor was possible
 */
export function timelineOf<State>(
  states: ReadonlyMap<number, State>,
  sightings: readonly Sighting[],
): Reign<State>[] {
  const reigns: Reign<State>[] = [];
  for (const [version, state] of states) {
    const seen = sightings.filter((one) => one.version === version);
    const before = reigns.at(-1);
    const from = Math.max(
      before?.from ?? 0,
      before === undefined ? 0 : Math.min(...seen.map(({ sentAt }) => sentAt)),
    );
    reigns.push({ version, state, from, until: Infinity });
  }
  // Backwards, because a shown version ends all versions before it.
  let until = Infinity;
  for (let index = reigns.length - 1; index >= 0; index -= 1) {
    const reign = reigns[index];
    if (reign === undefined) continue;
    if (reign.from > until)
      throw new Error(`Version ${reign.version} was requested after an answer had shown a later one.`);
    reigns[index] = { ...reign, until };
    const shown = sightings.filter(({ version }) => version === reign.version).map((one) => one.answeredAt);
    until = Math.min(until, ...shown);
  }
  return reigns;
}

/** The states that may have been the present one between a request and its answer. */
export function during<State>(reigns: readonly Reign<State>[], { sentAt, answeredAt }: Span): Reign<State>[] {
  return reigns.filter(({ from, until }) => from <= answeredAt && sentAt <= until);
}
