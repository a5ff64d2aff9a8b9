import { v5 } from 'uuid';
import { CommandBatch } from '../commands/command-batch.js';
import type { DurableCommands } from '../commands/durable-commands.js';
import { dueCommand, sagaWish, timerOf } from '../commands/saga-wish.js';
import { WaitingTimers } from '../commands/waiting-timers.js';
import type { Work } from '../subscriptions/checkpoint-move.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { remember } from '../kernel/record-of.js';
import type { Batch, Delivery } from '../subscriptions/delivery.js';
import { runSaga, type SagaFunction } from './run-saga.js';
import { Delayed } from './virtual-time.js';
import { contextAfter } from '../runtime/command-metadata.js';
import { postgresSagaWork, type SagaWork } from './saga-work.js';

/** What a saga needs of the stored commands. */
export type SagaCommands = Pick<DurableCommands, 'registry' | 'wake'>;

/** Namespace of the ids of commands that sagas send. */
const SENT = '3d8a7c0e-9d3c-5a57-8f0e-5c8f0a2c7b11';
/** A saga only maps an event to commands, so one that takes longer never ends. In milliseconds. */
const LONGEST_MS = 10_000;

/**
 * Runs a saga on each event alone and stores the commands that it yields together with the checkpoint, so each event
 * leads to its commands exactly once. No operator can keep state between events. A command that it delays is a timer.
 * The delivery remembers timers that wait, so that an event that only keeps such a timer (`Due.keep`) writes nothing.
 */
export class SagaDelivery implements Delivery {
  private readonly timers = new WaitingTimers();

  constructor(
    private readonly name: string,
    private readonly saga: SagaFunction,
    private readonly commands: SagaCommands,
    private readonly longestMs = LONGEST_MS,
    private readonly sagaWork: SagaWork = postgresSagaWork,
  ) {}

  keyOf({ stream }: RecordedEvent): string {
    return stream;
  }

  begin(): Promise<Batch> {
    const { longestMs } = this;
    const run: SagaRun = ({ event, occurredAt }) =>
      runSaga(this.name, this.saga, { event, occurredAt, longestMs });
    return Promise.resolve(new SagaBatch(this.name, run, this.commands, this.timers, this.sagaWork));
  }

  forget(): void {
    this.timers.forgetAll();
  }
}

/** Runs the saga on one event. */
type SagaRun = (recorded: RecordedEvent) => ReturnType<typeof runSaga>;

class SagaBatch implements Batch {
  /** The time of the first timer that was not stored again because it is known to wait. */
  reliesUntil = Infinity;
  private readonly sent = new CommandBatch();

  constructor(
    private readonly name: string,
    private readonly run: SagaRun,
    private readonly commands: SagaCommands,
    private readonly timers: WaitingTimers,
    private readonly sagaWork: SagaWork,
  ) {}

  take(recorded: RecordedEvent): Promise<void> | undefined {
    remember(recorded);
    const wishes = this.run(recorded);
    if (wishes instanceof Promise) {
      return wishes.then((late) => {
        this.add(late, recorded);
      });
    }
    this.add(wishes, recorded);
    return undefined;
  }

  work(): Work | undefined {
    if (this.sent.isEmpty) return undefined;
    const sentAt = performance.now();
    return this.sagaWork(this.name, this.sent, (waiting) => {
      for (const timer of waiting) this.timers.remember(timer, sentAt);
    });
  }

  written(): void {
    if (!this.sent.isEmpty) this.commands.wake();
  }

  private add(wishes: readonly unknown[], recorded: RecordedEvent): void {
    const context = contextAfter(recorded.id, recorded.metadata);
    const stored = wishes.flatMap((yielded, index) => {
      const runId = v5(`${this.name} ${recorded.id} ${index}`, SENT);
      const wish = withoutDelay(yielded, recorded.occurredAt, runId);
      if (wish === null || wish === undefined || this.isMet(wish)) return [];
      const origin = { source: this.name, queue: `${this.name} ${recorded.stream}`, runId, context };
      return [sagaWish(wish, origin, this.commands.registry)];
    });
    for (const wish of stored) this.sent.add(wish);
  }

  /** Whether a wish only keeps a timer that is known to wait. Forgets the timer if the wish changes it. */
  private isMet(wish: object): boolean {
    const timer = timerOf(wish);
    if (!timer) return false;
    const waitsUntil = this.timers.waitsUntil(timer.id);
    if (waitsUntil === undefined) return false;
    if (timer.keep) this.reliesUntil = Math.min(this.reliesUntil, waitsUntil);
    else this.timers.forget(timer.id);
    return timer.keep ?? false;
  }
}

/**
 * What a saga has yielded after a pause becomes a timer. It counts from the time of the event, so it is the same if the
 * saga runs again.
 */
function withoutDelay(yielded: unknown, occurredAt: Date, id: string): unknown {
  if (!(yielded instanceof Delayed)) return yielded;
  const { wish, ms } = yielded;
  if (wish === null || wish === undefined) return wish;
  if (timerOf(wish)) {
    throw new Error(
      'A saga has delayed dueCommand(…) or cancelDue(…). Yield it at once; dueCommand has its time.',
    );
  }
  return dueCommand(wish, { at: new Date(occurredAt.getTime() + ms), id });
}
