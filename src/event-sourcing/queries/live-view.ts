import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { LogHead } from '../log/settled/log-head.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import type { KeyRows, ViewRows } from '../projections/view-rows.js';
import type { ViewWatch } from '../projections/view-watch.js';
import { queryTables, type TablesQuery } from './query-tables.js';
import type { ReadReplicas } from './read-replicas.js';
import { readRows } from './read-rows.js';
import { RowsInMemory } from './rows-in-memory.js';
import { untilReached } from './until-reached.js';

/** How long a reader waits for the log to settle, and for a view that another release writes; in milliseconds. */
const PATIENCE_MS = 2_000;
/** A view that is further behind the log, in positions, is still being filled. Its missing events are not read. */
const LONGEST_GAP = 4_000;
const PAGE = 1_000;

/** The answer of a view that lacks events that were acknowledged before the read, and will not have them soon. */
export const BEHIND = Symbol('behind');

/** The view in the database, and its projection. */
export type ViewSource = Pick<
  ViewRows,
  'name' | 'keyOf' | 'evolve' | 'weigh' | 'read' | 'isFilled' | 'progress' | 'dataSource'
>;

/** The parts of a live view. */
export interface LiveViewParts {
  readonly source: ViewSource;
  /** The event types that concern the view. */
  readonly types: ReadonlySet<string>;
  readonly settled: Pick<SettledLog, 'mark' | 'reached' | 'read' | 'recentAfter'>;
  readonly head: Pick<LogHead, 'position'>;
  readonly watch: Pick<ViewWatch, 'until'>;
  readonly replicas: Pick<ReadReplicas, 'read'>;
  /** Names the code of this process. */
  readonly release: string;
  /** The greatest weight of all rows in memory. */
  readonly capacity: number;
}

/**
 * The rows of a view by key. A read sees every event that any process had acknowledged before the read began.
 *
 * Rows that were read lately are in memory. Each event that settles is folded into them by `evolve` of the
 * projection. Other rows are read from the view together with its checkpoint, and the settled events after the
 * checkpoint are folded onto them.
 */
export class LiveView<Rows> {
  private readonly memory: RowsInMemory;
  private readonly fills = new Map<string, Promise<KeyRows | typeof BEHIND>>();
  /** The writer of the view. If it changes, rows in memory may differ from the view. */
  private writer: string | undefined;

  /** @internal */
  constructor(private readonly parts: LiveViewParts) {
    this.memory = new RowsInMemory(parts.source, parts.capacity);
  }

  /**
   * Reads the rows of a key. They must not be changed in place.
   * @param key of the rows, as text; a JSON array of texts if the key has several columns
   * @returns `BEHIND` if the view cannot be brought up to date: it is being filled, an event of the key is parked, or
   *   the log does not settle
   * @throws LogUnavailableError when the head of the log cannot be read
   */
  async read(key: string): Promise<Rows | typeof BEHIND> {
    const { settled } = this.parts;
    const head = await this.parts.head.position();
    if (settled.mark < head && !(await settled.reached(head, PATIENCE_MS))) return BEHIND;
    const found = this.memory.get(key);
    return (found ? found.rows : await this.fill(key)) as Rows | typeof BEHIND;
  }

  /**
   * Reads the rows of a key as they are in memory or in the view, without waiting. They may be out of date.
   * @param key as in `read`
   */
  async glance(key: string): Promise<Rows> {
    const found = this.memory.get(key) ?? (await this.parts.source.read(key));
    return found.rows as Rows;
  }

  /**
   * Queries the tables of the view with SQL, for lists and the like. They may lack the latest events. If there are
   * replicas, the query runs on one that holds everything that any process had acknowledged before, or else on the
   * primary. So what it shows never goes back in time.
   * @param query reads the tables of this view only; all its statements on a replica see the same snapshot
   */
  async query<T>(query: TablesQuery<T>): Promise<T> {
    return queryTables(this.parts, () => this.writer, query);
  }

  /**
   * Waits until the tables of the view hold the effect of all events up to a position, wherever the projection runs.
   * Then `glance` and SQL on the tables see them. `read` needs no wait.
   * @param position of `EventStore.transactWithPosition`
   * @param ms how long to wait at most, in milliseconds
   * @throws ViewBehindError if the view is not there in time, or the event at the position is parked
   */
  async reached(position: number, ms = PATIENCE_MS): Promise<void> {
    await untilReached(this.parts, position, ms);
  }

  /**
   * Whether the view holds all events that were stored before its projection was new. Until then a reader must not
   * conclude from a missing row that there is none.
   */
  async isFilled(): Promise<boolean> {
    return this.parts.source.isFilled();
  }

  /**
   * Folds a settled event into the rows in memory.
   * @internal
   */
  take(recorded: RecordedEvent): void {
    if (this.parts.types.has(recorded.event.type)) this.memory.take(recorded);
  }

  /**
   * Drops rows in memory that may differ from the view.
   * @param writer of the view
   * @param release names the code of the writer
   * @param heldUp keys with parked events; `undefined` if there are too many to list
   * @internal
   */
  follow(writer: string, release: string | null, heldUp: readonly string[] | undefined): void {
    if (writer !== this.writer || release !== this.parts.release || heldUp === undefined) this.memory.clear();
    for (const key of heldUp ?? []) this.memory.drop(key);
    this.writer = writer;
  }

  /** Concurrent readers of a key share one read of the view, which is brought up to date after it. */
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

  /** @returns `undefined` if a later read may succeed */
  private async readOnce(key: string): Promise<{ readonly rows: KeyRows } | typeof BEHIND | undefined> {
    const { settled, release } = this.parts;
    const { writer } = this;
    const placed = await readRows(this.parts, () => this.writer, key);
    if (placed.isHeldUp) return BEHIND;
    const missing: RecordedEvent[] = [];
    let { position } = placed;
    let recent = settled.recentAfter(position, Infinity);
    while (!recent) {
      const { mark } = settled;
      if (mark - placed.position > LONGEST_GAP) return BEHIND;
      const page = await settled.read(position, PAGE);
      missing.push(...page);
      // A shared page may have been read when the log was settled less far, so it may be short.
      position = page.at(-1)?.position ?? mark;
      recent = settled.recentAfter(position, Infinity);
    }
    // From here on nothing is awaited. So no event settles before the rows are in memory, and later readers do not
    // share this read.
    this.fills.delete(key);
    const own = [...missing, ...recent].filter((recorded) => this.concerns(recorded, key));
    const isOurs = placed.release === release;
    if (own.length > 0 && !isOurs) return undefined;
    if (placed.writer !== this.writer) {
      // The writer was changed during the read, so it is not known which of the two is newer.
      if (writer !== this.writer) return undefined;
      this.follow(placed.writer, placed.release, []);
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
