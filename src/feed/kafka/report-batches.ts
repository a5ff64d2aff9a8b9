import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { CommandBus } from '@nestjs/cqrs';
import { withMessageContext } from '../../event-sourcing/index.js';
import { problemOf } from '../../http/problems/problem-of.js';
import type { ProblemDescription } from '../../http/problems/problem.js';
import type { ConsumedBatch, ConsumedRecord } from '../../kafka/kafka-consumption.js';
import { DeadLetterError, type DeadLetter, type DeadLetters } from './dead-letters.js';
import type { ReportMetrics } from './report-metrics.js';
import { commandOf } from './report-record.js';
import { placeOf, type ReportTopic } from './report-topic.js';

/** Records whose reports are stored at the same time, and committed together. */
const CHUNK = 100;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** How often a pause looks whether to go on, in milliseconds. */
const LOOK_MS = 50;

/** What became of a record: its report is stored now, it was stored before, or it is refused. */
type Outcome = 'stored' | 'repeated' | ProblemDescription;

/** A report that cannot be stored now. */
class NotStoredError extends Error {
  override readonly name = 'NotStoredError';

  /** @param place of the record */
  constructor(place: string, cause: unknown) {
    super(`The report at ${place} was not stored.`, { cause });
  }
}

/** Stores the reports of records, sends what is refused to the dead letters, and commits the records afterwards. */
export class ReportBatches {
  private readonly logger = new Logger('KafkaIn');

  constructor(
    private readonly topic: ReportTopic,
    private readonly commands: CommandBus,
    private readonly deadLetters: DeadLetters,
    private readonly metrics: ReportMetrics,
  ) {}

  /**
   * Works on a batch to its end, or until it is no longer current. While a database or Kafka is out of reach, it tries
   * again.
   * @throws Error when the records cannot be committed
   */
  async handle(batch: ConsumedBatch): Promise<void> {
    const { records } = batch;
    for (let start = 0; start < records.length && batch.isCurrent(); start += CHUNK) {
      const chunk = records.slice(start, start + CHUNK);
      this.metrics.consumed.inc(chunk.length);
      const last = chunk.at(-1);
      if (last === undefined || !(await this.settle(chunk, batch))) return;
      await batch.commit(last.offset);
    }
  }

  /** @returns whether all records are stored or dead letters; false if the batch is no longer current */
  private async settle(records: readonly ConsumedRecord[], batch: ConsumedBatch): Promise<boolean> {
    const outcomes = new Map<ConsumedRecord, Outcome>();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        await this.takeAll(records, outcomes);
        await this.deadLetters.send(refusedIn(outcomes));
        this.reportGoingOn();
        this.metrics.settled([...outcomes.values()].map(labelOf));
        return true;
      } catch (error) {
        this.reportWaiting(error);
      }
      if (!(await pauseWhile(() => batch.isCurrent(), pauseMs))) {
        // Another consumer gets the records.
        this.metrics.isWaiting = false;
        return false;
      }
    }
  }

  /**
   * Takes the records that have no outcome yet: those of one key in order, others at the same time.
   * @throws NotStoredError for the first that has to be tried again; the outcomes so far are kept
   */
  private async takeAll(
    records: readonly ConsumedRecord[],
    outcomes: Map<ConsumedRecord, Outcome>,
  ): Promise<void> {
    const ended = await Promise.allSettled(
      byKey(records).map(async (ofKey) => {
        for (const record of ofKey) {
          if (!outcomes.has(record)) outcomes.set(record, await this.take(record));
        }
      }),
    );
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  }

  private async take(record: ConsumedRecord): Promise<Outcome> {
    const place = placeOf(this.topic.topic, record);
    const actor = { type: 'service', id: this.topic.actor };
    try {
      const command = commandOf(record);
      const { isRepeat } = await withMessageContext({ correlationId: place, causationId: place, actor }, () =>
        this.commands.execute(command),
      );
      return isRepeat ? 'repeated' : 'stored';
    } catch (error) {
      const problem = problemOf(error);
      // What may succeed later is tried again, as a client of the API would do.
      if (problem.status >= 500 || problem.code === 'TOO_MUCH_CONTENTION')
        throw new NotStoredError(place, error);
      return problem;
    }
  }

  private reportWaiting(error: unknown): void {
    if (this.metrics.isWaiting) return;
    this.metrics.isWaiting = true;
    const line = 'Reports from Kafka wait, and are tried again';
    if (error instanceof DeadLetterError) {
      this.logger.warn(`${line}. ${error.message}`);
      return;
    }
    const cause = error instanceof NotStoredError ? error.cause : error;
    // That a database is out of reach is no fault of the code.
    if (problemOf(cause).status !== 500) this.logger.warn(`${line}. ${String(cause)}`);
    else this.logger.error(`${line}. ${String(error)}`, cause instanceof Error ? cause.stack : undefined);
  }

  private reportGoingOn(): void {
    if (!this.metrics.isWaiting) return;
    this.metrics.isWaiting = false;
    this.logger.log('The reports from Kafka are stored again.');
  }
}

function refusedIn(outcomes: ReadonlyMap<ConsumedRecord, Outcome>): DeadLetter[] {
  return [...outcomes].flatMap(([record, outcome]) =>
    typeof outcome === 'string' ? [] : [{ record, problem: outcome }],
  );
}

function labelOf(outcome: Outcome): 'stored' | 'repeated' | 'dead-lettered' {
  return typeof outcome === 'string' ? outcome : 'dead-lettered';
}

/** Records without a key have no stream, and are refused in any order. */
function byKey(records: readonly ConsumedRecord[]): readonly (readonly ConsumedRecord[])[] {
  const groups = new Map<string, ConsumedRecord[]>();
  for (const record of records) {
    const key = record.key?.toString('latin1') ?? '';
    const group = groups.get(key);
    if (group) group.push(record);
    else groups.set(key, [record]);
  }
  return [...groups.values()];
}

/** Pauses, unless `goOn` says no. @returns whether to go on */
async function pauseWhile(goOn: () => boolean, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (goOn() && performance.now() < end) await pause(LOOK_MS);
  return goOn();
}
