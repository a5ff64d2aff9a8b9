import type { RecordedEvent } from '../../kernel/recorded-event.js';
import type { LogEntry } from '../event-reader.js';

const BATCH = 1_000;
/** How many own events are kept until they settle. Further ones are read from the log. */
const OWN_EVENTS = 10_000;

/** One log on one primary. */
export interface LogView {
  /** The committed event with the highest position, `undefined` where there is none. */
  top(): Promise<LogEntry | undefined>;
  /** Committed events after a position and up to another one (inclusive), by position, at most `limit`. */
  range(after: number, upTo: number, limit: number): Promise<RecordedEvent[]>;
  /** The transactions that may have drawn positions and not yet ended. */
  writers(): Promise<ReadonlySet<string>>;
}

/** Positions up to `upTo` that were not all there, and the transactions that may still fill them. */
interface Hole {
  readonly upTo: number;
  writers: ReadonlySet<string>;
}

/**
 * The part of the log in which nothing will change any more.
 *
 * Positions are drawn before they are committed. So a reader may see 7 while the transaction of 6 is still running,
 * or was aborted. A transaction that draws a position holds a lock on the table until it ends, because an INSERT
 * takes the lock before its first row. After seeing a hole, this class asks which transactions hold that lock. When
 * all of them have ended, what a new look does not find will never appear, and the hole is passed over. No timeout is
 * guessed, and transactions on other tables are not waited for.
 *
 * Own events need not be read back: an event that is known to be committed directly after the settled part belongs to
 * it. The log is read only where there is a gap before own events.
 */
export class SettledPrefix {
  /** Everything up to this position is final. */
  mark = 0;
  /** The last event that was there. */
  last: LogEntry | undefined;
  /** Transactions that were running at the start; `undefined` once they have ended. */
  private opening: Hole | undefined;
  private hole: Hole | undefined;
  /** Committed events of this process after the mark, by position. */
  private readonly own = new Map<number, RecordedEvent>();
  /** The mark at which the last look found a gap before own events. */
  private gapAt: number | undefined;

  /** @param settle called with the events that settle after the start, in order */
  constructor(private readonly settle: (events: readonly RecordedEvent[]) => void) {}

  /** Whether everything that was committed at the start is settled. */
  get isOpen(): boolean {
    return this.opening === undefined;
  }

  /** Whether it ends where a transaction may still be under way. */
  get isHeldUp(): boolean {
    return this.opening !== undefined || this.hole !== undefined;
  }

  /** The transactions that may still be under way there. */
  get writers(): string[] {
    return [...((this.opening ?? this.hole)?.writers ?? [])];
  }

  /** Takes everything in the log; it counts as settled when the transactions that write at this moment have ended. */
  async begin(log: LogView): Promise<void> {
    this.last = await log.top();
    this.opening = { upTo: this.last?.position ?? 0, writers: await log.writers() };
  }

  /** What is known of transactions does not hold on another connection. */
  forgetWriters(): void {
    this.hole = undefined;
  }

  /** Whether own events wait for events before them. */
  get hasGap(): boolean {
    return this.own.size > 0;
  }

  /** Takes note of events that this process has committed. They settle in the next look. */
  stored(events: readonly RecordedEvent[]): void {
    for (const event of events)
      if (event.position > this.mark && this.own.size < OWN_EVENTS) this.own.set(event.position, event);
  }

  /**
   * One look at the log after the mark.
   * @param wanted a position up to which the log is read if own events do not lead there; `Infinity` where other
   *   processes may have written. Beyond it, the log is read only if there is a hole, or if a gap before own events
   *   has lasted since the last look: most gaps are filled by own events that are in flight
   * @returns whether there is more to read at once
   */
  async look(log: LogView, wanted: number): Promise<boolean> {
    if (this.opening) return this.open(log, this.opening);
    this.acceptOwn();
    const hasLasted = this.hasGap && this.gapAt === this.mark;
    this.gapAt = this.hasGap ? this.mark : undefined;
    return this.mark < wanted || hasLasted || this.hole !== undefined ? this.read(log) : false;
  }

  private async read(log: LogView): Promise<boolean> {
    const events = await log.range(this.mark, Number.MAX_SAFE_INTEGER, BATCH);
    let next = this.mark + 1;
    const gap = events.findIndex(({ position }) => position !== next++);
    this.accept(gap === -1 ? events : events.slice(0, gap));
    if (this.hole && this.mark >= this.hole.upTo) this.hole = undefined;
    if (gap === -1) return events.length === BATCH;

    // Read after the events: what a transaction that has ended by now wrote is found by the next look.
    const present = await log.writers();
    this.hole ??= { upTo: events.at(-1)?.position ?? this.mark, writers: present };
    this.hole.writers = stillThere(this.hole.writers, present);
    return this.hole.writers.size === 0 && this.passOver(log, this.hole);
  }

  private async open(log: LogView, opening: Hole): Promise<boolean> {
    opening.writers = stillThere(opening.writers, await log.writers());
    if (opening.writers.size > 0) return false;
    this.opening = undefined;
    this.moveTo(opening.upTo);
    return true;
  }

  /** Takes what a new read finds up to the end of the hole; nothing else can appear there. */
  private async passOver(log: LogView, hole: Hole): Promise<boolean> {
    for (;;) {
      const events = await log.range(this.mark, hole.upTo, BATCH);
      this.accept(events);
      if (events.length < BATCH) break;
    }
    this.moveTo(hole.upTo);
    this.hole = undefined;
    return true;
  }

  /** Takes own events as long as there is one directly after the mark. */
  private acceptOwn(): void {
    const events: RecordedEvent[] = [];
    for (let next = this.own.get(this.mark + 1); next; next = this.own.get(next.position + 1))
      events.push(next);
    this.accept(events);
    if (this.hole && this.mark >= this.hole.upTo) this.hole = undefined;
  }

  private accept(events: readonly RecordedEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.settle(events);
    this.last = { position: last.position, id: last.id };
    this.moveTo(last.position);
  }

  private moveTo(position: number): void {
    this.mark = position;
    for (const own of this.own.keys()) if (own <= position) this.own.delete(own);
  }
}

function stillThere(writers: ReadonlySet<string>, present: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...writers].filter((writer) => present.has(writer)));
}
