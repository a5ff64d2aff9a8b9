import type pg from 'pg';
import type { EventRegistry } from '../kernel/event-registry.js';
import { LogUnavailableError } from './append.js';
import { batchStatement, singleStatement, type BatchEntry, type Statement } from './append-batch.js';
import { isConnectionError, sqlState } from './database-errors.js';
import type { SentOutcome } from './group-commit.js';

const UNIQUE_VIOLATION = '23505';
const DEADLOCK = '40P01';
const SERIALIZATION_FAILURE = '40001';
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

interface ExceptionalRow {
  readonly append: number;
  readonly status: 'busy' | 'repeated' | 'appended' | 'conflict';
  readonly fingerprint: string | null;
  readonly outcome: unknown;
}

/**
 * Sends batches of appends to the log. After a lost connection the same batch is sent again: the ids of its events and
 * commands make that safe. A batch that PostgreSQL refuses as a whole is taken apart, so that only the culprit fails.
 */
export class AppendSender {
  constructor(
    private readonly pool: pg.Pool,
    private readonly registry: EventRegistry,
    /** How long to keep trying when the log is out of reach, in milliseconds. */
    private readonly patienceMs: number,
  ) {}

  readonly send = async (entries: readonly BatchEntry[], wait: boolean): Promise<SentOutcome[]> => {
    try {
      return await this.sendOnce(entries, wait);
    } catch (error) {
      if (isConnectionError(error)) throw error;
      const [only] = entries;
      if (entries.length === 1 && only) return [await this.explain(only, error)];
    }
    // In their order, as one may build on another.
    const outcomes: SentOutcome[] = [];
    for (const { append } of entries) {
      const [outcome] = await this.send([{ append, buildsOn: undefined }], true);
      if (outcome) outcomes.push(outcome);
    }
    return outcomes;
  };

  private async explain(entry: BatchEntry, error: unknown): Promise<SentOutcome> {
    switch (sqlState(error)) {
      case DEADLOCK:
      case SERIALIZATION_FAILURE:
        return (await this.send([entry], true))[0] ?? { status: 'error', error };
      case UNIQUE_VIOLATION:
        // Somebody wrote past the append function and took the version.
        return { status: 'conflict' };
      default:
        return { status: 'error', error };
    }
  }

  private async sendOnce(entries: readonly BatchEntry[], wait: boolean): Promise<SentOutcome[]> {
    const [only] = entries;
    const single =
      entries.length === 1 && only && !wait ? singleStatement(only.append, this.registry) : undefined;
    if (single) {
      const { rows } = await this.query<{ status: 'appended' | 'conflict' | 'busy' }>(single);
      return rows.map(({ status }) => ({ status }));
    }
    const { rows } = await this.query<ExceptionalRow>(batchStatement(entries, this.registry, wait));
    const outcomes: SentOutcome[] = entries.map(() => ({ status: 'appended' }));
    for (const row of rows) {
      outcomes[row.append - 1] =
        row.status === 'repeated'
          ? { status: 'repeated', fingerprint: row.fingerprint ?? '', outcome: row.outcome }
          : { status: row.status };
    }
    return outcomes;
  }

  private async query<Row extends pg.QueryResultRow>(statement: Statement): Promise<pg.QueryResult<Row>> {
    const giveUpAt = performance.now() + this.patienceMs;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await this.pool.query<Row>(statement);
      } catch (error) {
        if (!isConnectionError(error)) throw error;
        if (performance.now() + pause > giveUpAt) {
          throw new LogUnavailableError('The event log cannot be reached.', { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }
}
