import type pg from 'pg';
import type { EventRegistry } from '../../kernel/event-registry.js';
import { LogUnavailableError } from './append.js';
import { batchStatement, singleStatement, type Statement } from './append-statements.js';
import type { BatchEntry } from './batch-arrays.js';
import { sqlState } from '../../postgres/database-errors.js';
import type { SentOutcome } from './group-commit.js';
import { patiently } from './patience.js';

const UNIQUE_VIOLATION = '23505';
const DEADLOCK = '40P01';
const SERIALIZATION_FAILURE = '40001';
const VERSION_IS_UNIQUE = 'event_log_stream_version_key';

/** Writes a record to the WAL that means nothing, so that the commit waits as others do. */
const CONFIRM: Statement = {
  name: 'confirm',
  text: `SELECT pg_logical_emit_message(true, 'event-log', '')`,
  values: [],
};

interface SingleRow {
  readonly status: 'busy' | 'appended' | 'conflict';
  readonly position: number | null;
}

/** The outcome of an append that was not simply stored. The row of append 0 has the positions of all stored events. */
interface BatchRow {
  readonly append: number;
  readonly status: 'busy' | 'repeated' | 'appended' | 'conflict' | null;
  readonly fingerprint: string | null;
  readonly outcome: unknown;
  /** Separated by commas; `null` if nothing was stored. */
  readonly positions: string | null;
}

/** The connections for appends. An answer of a former primary counts as a lost connection. */
export interface AppendPool {
  query<Row extends pg.QueryResultRow>(statement: Statement): Promise<{ readonly rows: Row[] }>;
}

/**
 * Sends batches of appends to the log. After a lost connection it sends the same batch again; the ids of events and
 * commands make that safe. If PostgreSQL refuses a batch as a whole, its appends are sent one by one, so that only
 * the cause fails.
 */
export class AppendSender {
  constructor(
    private readonly pool: AppendPool,
    private readonly registry: EventRegistry,
    /** How long to retry when the log cannot be reached, in milliseconds. */
    private readonly patienceMs: number,
  ) {}

  readonly send = async (entries: readonly BatchEntry[], wait: boolean): Promise<SentOutcome[]> => {
    try {
      return await this.sendOnce(entries, wait);
    } catch (error) {
      if (error instanceof LogUnavailableError) throw error;
      const [only] = entries;
      if (entries.length === 1 && only) return [await this.explain(only, error)];
      return this.sendOneByOne(entries);
    }
  };

  /**
   * In their order, because one may build on another and fails with it, whatever the version of its stream is by now.
   */
  private async sendOneByOne(entries: readonly BatchEntry[]): Promise<SentOutcome[]> {
    const outcomes: SentOutcome[] = [];
    try {
      for (const { append, buildsOn } of entries) {
        if (buildsOn.some((index) => outcomes[index]?.status !== 'appended'))
          outcomes.push({ status: 'conflict' });
        else outcomes.push(...(await this.send([{ append, buildsOn: [] }], true)));
      }
    } catch (error) {
      while (outcomes.length < entries.length) outcomes.push({ status: 'error', error });
    }
    return outcomes;
  }

  private async explain(entry: BatchEntry, error: unknown): Promise<SentOutcome> {
    switch (sqlState(error)) {
      case DEADLOCK:
      case SERIALIZATION_FAILURE:
        return (await this.send([entry], true))[0] ?? { status: 'error', error };
      case UNIQUE_VIOLATION:
        // Something inserted the version without the append function. Any other collision is a fault, also when
        // retried.
        return (error as pg.DatabaseError).constraint === VERSION_IS_UNIQUE
          ? { status: 'conflict' }
          : { status: 'error', error };
      default:
        return { status: 'error', error };
    }
  }

  private async sendOnce(entries: readonly BatchEntry[], wait: boolean): Promise<SentOutcome[]> {
    const [only] = entries;
    const single =
      entries.length === 1 && only && !wait ? singleStatement(only.append, this.registry) : undefined;
    if (single) {
      const { rows, isRepeat } = await this.query<SingleRow>(single);
      if (isRepeat) await this.confirm();
      return rows.map(({ status, position }) =>
        status === 'appended' && position !== null ? { status, positions: [position] } : { status },
      );
    }
    const { rows } = await this.query<BatchRow>(batchStatement(entries, this.registry, wait));
    const outcomes = outcomesOf(entries, rows);
    if (outcomes.some(wasStoredBefore)) await this.confirm();
    return outcomes;
  }

  /**
   * Waits until everything that was committed before is as durable as a commit of this session. A commit that waits for
   * a synchronous standby becomes visible without it when its session or its server is ended meanwhile.
   */
  readonly confirm = async (): Promise<void> => {
    await this.query(CONFIRM);
  };

  /** @returns also whether an earlier attempt may have stored the appends */
  private async query<Row extends pg.QueryResultRow>(
    statement: Statement,
  ): Promise<{ readonly rows: Row[]; readonly isRepeat: boolean }> {
    let attempts = 0;
    const { rows } = await patiently(() => {
      attempts += 1;
      return this.pool.query<Row>(statement);
    }, this.patienceMs);
    return { rows, isRepeat: attempts > 1 };
  }
}

function wasStoredBefore(outcome: SentOutcome): boolean {
  return outcome.status === 'repeated' || (outcome.status === 'appended' && outcome.positions === undefined);
}

function outcomesOf(entries: readonly BatchEntry[], rows: readonly BatchRow[]): SentOutcome[] {
  const outcomes: (SentOutcome | undefined)[] = entries.map(() => undefined);
  let positions: number[] = [];
  for (const row of rows) {
    if (row.append === 0) positions = row.positions?.split(',').map(Number) ?? [];
    else outcomes[row.append - 1] = exceptional(row);
  }
  let taken = 0;
  return entries.map(({ append: { writes } }, index) => {
    const outcome = outcomes[index];
    if (outcome) return outcome;
    const events = writes.reduce((sum, write) => sum + write.events.length, 0);
    taken += events;
    return { status: 'appended', positions: positions.slice(taken - events, taken) };
  });
}

function exceptional({ status, fingerprint, outcome }: BatchRow): SentOutcome {
  if (status === 'repeated') return { status, fingerprint: fingerprint ?? '', outcome };
  return { status: status ?? 'conflict' };
}
