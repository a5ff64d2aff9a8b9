import type { SettledLog } from '../log/settled/settled-log.js';
import type { ViewProgress, ViewRows } from '../projections/view-rows.js';
import type { ViewWatch } from '../projections/view-watch.js';

/** A view did not hold an event in time. The event is stored; it is only not visible yet. */
export class ViewBehindError extends Error {
  override readonly name = 'ViewBehindError';

  constructor(
    /** Name of the projection. */
    readonly view: string,
    /** The position that was waited for. */
    readonly position: number,
    /** Position that the view has reached; of the settled log if the log has not settled up to `position` in time. */
    readonly reached: number,
    why: string,
  ) {
    super(`The view "${view}" does not hold position ${position} yet: ${why}.`);
  }
}

/** What tells how far a view is. */
export interface Reachable {
  readonly source: Pick<ViewRows, 'name' | 'progress'>;
  /** The event types that concern the view. */
  readonly types: ReadonlySet<string>;
  readonly settled: Pick<SettledLog, 'mark' | 'reached' | 'recentAfter'>;
  readonly watch: Pick<ViewWatch, 'until'>;
}

/**
 * Waits until a view has taken in all events up to a position. An event that is parked counts as taken in, except at
 * exactly this position: the effect of an earlier parked event may be missing.
 * @param ms how long to wait at most, in milliseconds
 * @throws ViewBehindError if it has not in time, or if the event at this position stays parked
 */
export async function untilReached(parts: Reachable, position: number, ms: number): Promise<void> {
  const { source, settled, watch } = parts;
  const giveUpAt = performance.now() + ms;
  // Then it is known here which events the view lacks.
  if (!(await settled.reached(position, ms)))
    throw new ViewBehindError(
      source.name,
      position,
      settled.mark,
      `within ${ms} ms, the event log has settled up to position ${settled.mark} only`,
    );
  let progress: ViewProgress = { position: 0, writer: '', isParked: false, hasParked: false };
  const isReached = await watch.until(async () => {
    progress = await source.progress(position);
    return holds(parts, progress, position) ? true : undefined;
  }, giveUpAt - performance.now());
  if (isReached) return;
  const why = progress.isParked
    ? 'the event is parked, because the projection fails at it'
    : `after ${ms} ms it is at position ${progress.position}. Read later, or wait longer`;
  throw new ViewBehindError(source.name, position, progress.position, why);
}

/**
 * Whether a view has taken in all events up to a position that is settled here. Events that do not concern a view move
 * its checkpoint only about once a second, so they do not count.
 */
export function holds(
  { types, settled }: Pick<Reachable, 'types' | 'settled'>,
  { position, isParked }: ViewProgress,
  asked: number,
): boolean {
  if (isParked) return false;
  if (position >= asked) return true;
  const missing = settled.recentAfter(position, Infinity);
  return (
    missing !== undefined &&
    !missing.some((recorded) => recorded.position <= asked && types.has(recorded.event.type))
  );
}
