import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { LogHead } from '../log/settled/log-head.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import type { KeyRows, ViewRows } from '../projections/view-rows.js';
import type { ViewWatch } from '../projections/view-watch.js';
import { RowsInMemory } from './rows-in-memory.js';

/** Milliseconds that a reader waits, for the log to settle and for a view that another release writes. */
const PATIENCE_MS = 2_000;
/** A view that is further behind the log than that, in positions, is not read up to it: it is being filled. */
const LONGEST_GAP = 4_000;
const PAGE = 1_000;

/** The answer of a view that does not know, and will not know soon, what was acknowledged when it was asked. */
export const BEHIND = Symbol('behind');

/** A view in the database, and its projection. */
export type ViewSource = Pick<ViewRows, 'keyOf' | 'evolve' | 'weigh' | 'read'>;

/** What a view is read by. */
export interface LiveViewParts {
  readonly source: ViewSource;
  /** The types of the events that concern the view. */
  readonly types: ReadonlySet<string>;
  readonly settled: Pick<SettledLog, 'mark' | 'reached' | 'read' | 'recentAfter'>;
  readonly head: Pick<LogHead, 'position'>;
  readonly watch: Pick<ViewWatch, 'until'>;
  /** Names the code of this process. */
  readonly release: string;
  /** How much the rows in memory weigh at most. */
  readonly capacity: number;
}

/**
 * The rows of a view by key, never older than anything that any process had acknowledged when they were asked for.
 *
 * Rows that were read lately are in memory, and each event that settles is folded into them, by the projection's own `evolve`. Other
 * rows are read from the view together with its checkpoint; the events between that and what is settled here are folded onto them.
 */
export class LiveView<Rows> {
  private readonly memory: RowsInMemory;
  private readonly fills = new Map<string, Promise<KeyRows | typeof BEHIND>>();
  /** Who writes the view. With another writer, or after a rebuild, rows in memory may not be what the view has. */
  private claim: string | undefined;

  constructor(private readonly parts: LiveViewParts) {
    this.memory = new RowsInMemory(parts.source, parts.capacity);
  }

  /**
   * The rows of a key. They are never changed in place.
   * @returns `BEHIND` where the view cannot be brought up to what was acknowledged: it is being filled, an event of the key is
   *   parked, or the log does not settle
   * @throws LogUnavailableError when the head of the log cannot be read
   */
  async read(key: string): Promise<Rows | typeof BEHIND> {
    const { settled } = this.parts;
    const head = await this.parts.head.position();
    if (settled.mark < head && !(await settled.reached(head, PATIENCE_MS))) return BEHIND;
    const found = this.memory.get(key);
    return (found ? found.rows : await this.fill(key)) as Rows | typeof BEHIND;
  }

  /** The rows of a key as they are in memory or in the view, which may be behind. For answers that need no more. */
  async glance(key: string): Promise<Rows> {
    const found = this.memory.get(key) ?? (await this.parts.source.read(key));
    return found.rows as Rows;
  }

  /** Takes an event in that has settled. */
  take(recorded: RecordedEvent): void {
    if (this.parts.types.has(recorded.event.type)) this.memory.take(recorded);
  }

  /**
   * Forgets rows that the view may contradict.
   * @param claim who writes the view
   * @param release the code of that process
   * @param heldUp keys with parked events; `undefined` where they are too many to tell
   */
  follow(claim: string, release: string | null, heldUp: readonly string[] | undefined): void {
    if (claim !== this.claim || release !== this.parts.release || heldUp === undefined) this.memory.clear();
    for (const key of heldUp ?? []) this.memory.drop(key);
    this.claim = claim;
  }

  /** Readers of one key share what is read for it: it is brought up to the present after it was read. */
  private fill(key: string): Promise<KeyRows | typeof BEHIND> {
    const running = this.fills.get(key);
    if (running) return running;
    const fill = this.readUntilFresh(key).finally(() => {
      if (this.fills.get(key) === fill) this.fills.delete(key);
    });
    this.fills.set(key, fill);
    return fill;
  }

  private async readUntilFresh(key: string): Promise<KeyRows | typeof BEHIND> {
    const found = await this.parts.watch.until(() => this.readOnce(key), PATIENCE_MS);
    return found === undefined || found === BEHIND ? BEHIND : found.rows;
  }

  /** @returns `undefined` where a moment later may be better */
  private async readOnce(key: string): Promise<{ readonly rows: KeyRows } | typeof BEHIND | undefined> {
    const { settled, release } = this.parts;
    const { claim } = this;
    const placed = await this.parts.source.read(key);
    if (placed.isHeldUp) return BEHIND;
    const missing: RecordedEvent[] = [];
    let { position } = placed;
    let recent = settled.recentAfter(position, Infinity);
    while (!recent) {
      const { mark } = settled;
      if (mark - placed.position > LONGEST_GAP) return BEHIND;
      const page = await settled.read(position, PAGE);
      missing.push(...page);
      position = page.length < PAGE ? mark : (page.at(-1)?.position ?? mark);
      recent = settled.recentAfter(position, Infinity);
    }
    // From here on nothing is awaited: no event settles before the rows are in memory, and no reader who comes after one shares them.
    this.fills.delete(key);
    const own = [...missing, ...recent].filter((recorded) => this.concerns(recorded, key));
    const isOurs = placed.release === release;
    if (own.length > 0 && !isOurs) return undefined;
    if (placed.claim !== this.claim) {
      // Which of the two is newer is not known.
      if (claim !== this.claim) return undefined;
      this.follow(placed.claim, placed.release, []);
    }
    const rows = this.fold(placed.rows, own);
    if (rows !== BEHIND && isOurs) this.memory.keep(key, rows, Math.max(placed.position, settled.mark));
    return rows === BEHIND ? BEHIND : { rows };
  }

  private concerns(recorded: RecordedEvent, key: string): boolean {
    if (!this.parts.types.has(recorded.event.type)) return false;
    try {
      return this.parts.source.keyOf(recorded) === key;
    } catch {
      return false;
    }
  }

  private fold(rows: KeyRows, events: readonly RecordedEvent[]): KeyRows | typeof BEHIND {
    try {
      return events.reduce((before, recorded) => this.parts.source.evolve(before, recorded), rows);
    } catch {
      return BEHIND;
    }
  }
}
