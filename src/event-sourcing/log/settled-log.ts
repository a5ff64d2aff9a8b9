import pg from 'pg';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { isConnectionError } from './database-errors.js';
import type { EventLog } from './event-log.js';
import { EventReader } from './event-reader.js';
import { LogMismatchError, readLogIdentity } from './log-identity.js';
import { RecentEvents } from './recent-events.js';
import { Signal } from './signal.js';

const CHANNEL = 'event_log';
const BATCH = 1_000;
const POLL_MS = 250;
const FIRST_PAUSE_AT_HOLE_MS = 1;
const LONGEST_PAUSE_AT_HOLE_MS = 50;
const RECONNECT_PAUSE_MS = 200;

/** Positions that were missing below `upTo`, and the transactions that may still fill them. */
interface Hole {
  readonly upTo: number;
  writers: ReadonlySet<string>;
}

export interface SettledLogObserver {
  /** The connection was lost and is made anew. */
  onConnectionError(error: Error): void;
  /** The log can no longer be followed. Nothing is delivered any more. */
  onFatal(error: Error): void;
}

/**
 * Follows the log and says up to where it is settled: nothing at or before `mark` will appear, change or go away.
 *
 * Positions are drawn before they are committed, so a reader may see 7 while 6 is still under way, or was aborted. Whoever
 * draws a position holds a lock on the table until its transaction ends, because `append_events` locks before it draws, and
 * so does any INSERT. So, having seen a hole, this asks who holds that lock. Once all of them have ended, what a new look
 * does not find will never come, and is passed over. No time-out is guessed, no transaction of other tables is waited for.
 *
 * All of it happens on one connection to one primary and is begun anew when that is lost.
 * See docs/decisions/0002-settled-order.md for what this was measured against.
 */
export class SettledLog {
  private readonly reader: EventReader;
  private readonly recent = new RecentEvents();
  private readonly wake = new Signal();
  private readonly advanced = new Set<() => void>();
  private readonly settledListeners = new Set<(event: RecordedEvent) => void>();
  private client: pg.Client | undefined;
  /** What was under way when this began; undefined once it has ended. */
  private opening: Hole | undefined;
  private hole: Hole | undefined;
  private last: { position: number; id: string } | undefined;
  private stopping = false;
  private running: Promise<void> | undefined;
  private unsubscribe: (() => void) | undefined;
  private logId = '';
  private readonly openedLater: Promise<void>;
  private markOpened!: () => void; // set by the promise's executor, which runs at once

  /** Everything up to this position is final. */
  mark = 0;

  constructor(
    private readonly log: EventLog,
    private readonly observer: SettledLogObserver,
  ) {
    this.reader = new EventReader(log.registry);
    this.openedLater = new Promise((resolve) => {
      this.markOpened = resolve;
    });
  }

  /** What tells this log from any other. */
  get identity(): string {
    return this.logId;
  }

  /**
   * Connects and begins to follow the log.
   * @throws LogMismatchError when the sequence of positions lies behind the log
   */
  async start(): Promise<void> {
    this.client = await this.connect();
    this.logId = await readLogIdentity(this.client);
    const { rows } = await this.client.query<{ top: number }>(
      'SELECT coalesce(max(position), 0)::float8 AS top FROM event_log',
    );
    this.opening = { upTo: rows[0]?.top ?? 0, writers: await this.writers(this.client) };
    this.unsubscribe = this.log.onStored(() => {
      this.wake.set();
    });
    this.running = this.follow();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.unsubscribe?.();
    this.wake.set();
    await this.running;
    await this.client?.end();
  }

  /** Has `listener` called whenever `mark` has moved. Returns the function that ends it. */
  onAdvance(listener: () => void): () => void {
    this.advanced.add(listener);
    return () => this.advanced.delete(listener);
  }

  /** Has `listener` called with each event that settles from now on, in order. It must not throw. */
  onSettled(listener: (event: RecordedEvent) => void): () => void {
    this.settledListeners.add(listener);
    return () => this.settledListeners.delete(listener);
  }

  /** Resolves when what was committed before this process began is settled. */
  get opened(): Promise<void> {
    return this.opening ? this.openedLater : Promise.resolve();
  }

  /** The last settled event. */
  async head(): Promise<{ position: number; eventId: string | null }> {
    const { rows } = await this.log.query<{ position: number; id: string }>(
      'SELECT position::float8, id FROM event_log WHERE position <= $1 ORDER BY position DESC LIMIT 1',
      [this.mark],
    );
    return { position: rows[0]?.position ?? 0, eventId: rows[0]?.id ?? null };
  }

  /** The id of the event at a position, `null` where there is none. */
  async eventIdAt(position: number): Promise<string | null> {
    const { rows } = await this.log.query<{ id: string }>('SELECT id FROM event_log WHERE position = $1', [
      position,
    ]);
    return rows[0]?.id ?? null;
  }

  /** Settled events after a position, in order, at most `limit`. */
  async read(after: number, limit: number): Promise<RecordedEvent[]> {
    if (after >= this.mark) return [];
    return this.recent.after(after, limit) ?? this.log.readRange(after, this.mark, limit);
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.log.connectionString,
      application_name: 'event-log follow',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      options: '-c default_transaction_isolation=read\\ committed -c statement_timeout=30s',
    });
    client.on('error', (error) => {
      this.observer.onConnectionError(error);
      this.wake.set();
    });
    client.on('notification', () => {
      this.wake.set();
    });
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    return client;
  }

  private async follow(): Promise<void> {
    let pauseAtHole = FIRST_PAUSE_AT_HOLE_MS;
    while (!this.stopping) {
      try {
        this.client ??= await this.reconnect();
        const before = this.mark;
        const more = await this.look(this.client);
        if (this.mark > before) for (const listener of this.advanced) listener();
        if (more) continue;
        pauseAtHole =
          this.mark > before ? FIRST_PAUSE_AT_HOLE_MS : Math.min(pauseAtHole * 2, LONGEST_PAUSE_AT_HOLE_MS);
        await this.wake.wait((this.hole ?? this.opening) ? pauseAtHole : POLL_MS);
      } catch (error) {
        const lost = this.client;
        this.client = undefined;
        this.hole = undefined;
        await lost?.end().catch((ending: unknown) => {
          this.observer.onConnectionError(ending as Error);
        });
        if (!isConnectionError(error)) {
          this.observer.onFatal(error as Error);
          return;
        }
        this.observer.onConnectionError(error as Error);
        await this.wake.wait(RECONNECT_PAUSE_MS);
      }
    }
  }

  /** One look at what lies behind the mark. Resolves to whether there is more to see at once. */
  private async look(client: pg.Client): Promise<boolean> {
    if (this.opening) return this.open(client, this.opening);
    const events = await this.reader.range(client, this.mark, Number.MAX_SAFE_INTEGER, BATCH);
    let next = this.mark + 1;
    const gapless = events.findIndex(({ position }) => position !== next++);
    if (gapless === -1) {
      this.accept(events);
      if (this.hole && this.mark >= this.hole.upTo) this.hole = undefined;
      return events.length === BATCH;
    }
    this.accept(events.slice(0, gapless));
    if (this.hole && this.mark >= this.hole.upTo) this.hole = undefined;

    const present = await this.writers(client);
    if (this.hole === undefined) this.hole = { upTo: events.at(-1)?.position ?? this.mark, writers: present };
    else this.hole.writers = stillThere(this.hole.writers, present);
    if (this.hole.writers.size > 0) return false;
    return this.passOver(client, this.hole);
  }

  /** What was committed before this process began is settled as soon as those who wrote at that moment have ended. */
  private async open(client: pg.Client, opening: Hole): Promise<boolean> {
    opening.writers = stillThere(opening.writers, await this.writers(client));
    if (opening.writers.size > 0) return false;
    this.opening = undefined;
    this.mark = opening.upTo;
    this.recent.restartAt(opening.upTo);
    this.markOpened();
    return true;
  }

  /** Takes what a new look finds below the end of the hole; nothing else can come there any more. */
  private async passOver(client: pg.Client, hole: Hole): Promise<boolean> {
    for (;;) {
      const events = await this.reader.range(client, this.mark, hole.upTo, BATCH);
      this.accept(events);
      if (events.length < BATCH) break;
    }
    this.mark = hole.upTo;
    this.hole = undefined;
    return true;
  }

  private accept(events: readonly RecordedEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.recent.add(events);
    for (const listener of this.settledListeners) for (const event of events) listener(event);
    this.mark = last.position;
    this.last = { position: last.position, id: last.id };
  }

  /** The transactions, named by their virtual ids, that may have drawn positions and not yet ended. */
  private async writers(client: pg.Client): Promise<ReadonlySet<string>> {
    const { rows } = await client.query<{ writer: string }>({
      name: 'writers',
      text: `SELECT DISTINCT virtualtransaction AS writer FROM pg_locks
              WHERE locktype = 'relation' AND relation = 'event_log'::regclass AND mode = 'RowExclusiveLock' AND granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    });
    return new Set(rows.map(({ writer }) => writer));
  }

  private async reconnect(): Promise<pg.Client> {
    const client = await this.connect();
    if ((await readLogIdentity(client)) !== this.logId) {
      throw new LogMismatchError('The connection now leads to another event log.');
    }
    if (this.last) {
      const { rows } = await client.query<{ id: string }>('SELECT id FROM event_log WHERE position = $1', [
        this.last.position,
      ]);
      if (rows[0]?.id !== this.last.id) {
        throw new LogMismatchError(
          `The event at position ${this.last.position} is not the one that was delivered: the log was restored from another time.`,
        );
      }
    }
    return client;
  }
}

function stillThere(writers: ReadonlySet<string>, present: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...writers].filter((writer) => present.has(writer)));
}
