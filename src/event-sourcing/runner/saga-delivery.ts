import { lastValueFrom, of, throwError, timeout, toArray, type Observable } from 'rxjs';
import { v5 } from 'uuid';
import { CommandBatch } from '../commands/command-batch.js';
import type { DurableCommands } from '../commands/durable-commands.js';
import { sagaWish } from '../commands/saga-wish.js';
import { FIRST_WORK_PARAMETER, type Work } from '../subscriptions/checkpoints.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { remember } from '../kernel/record-of.js';
import type { Batch, Delivery } from '../subscriptions/delivery.js';

/** Ids of the commands that sagas send are derived from this one. */
const SENT = '3d8a7c0e-9d3c-5a57-8f0e-5c8f0a2c7b11';
/** A saga only maps events to commands. One that takes longer waits for something that cannot come, or never ends. */
const LONGEST_MS = 10_000;

/** A saga as `@nestjs/cqrs` has it. */
export type SagaFunction = (events: Observable<object>) => Observable<unknown>;

/**
 * Runs a saga on each event by itself, and stores the commands that it yields together with the checkpoint: each event has led to
 * its commands exactly once, whatever crashes. State that an operator keeps between events would not survive; there is none.
 */
export class SagaDelivery implements Delivery {
  constructor(
    private readonly name: string,
    private readonly saga: SagaFunction,
    private readonly commands: DurableCommands,
    private readonly longestMs = LONGEST_MS,
  ) {}

  keyOf({ stream }: RecordedEvent): string {
    return stream;
  }

  begin(): Promise<Batch> {
    const sent = new CommandBatch();
    return Promise.resolve({
      take: (recorded) => this.take(recorded, sent),
      work: (): Work => storeCommands(sent),
      written: () => {
        if (!sent.isEmpty) this.commands.wake();
      },
    });
  }

  forget(): void {
    // It remembers nothing.
  }

  private async take(recorded: RecordedEvent, sent: CommandBatch): Promise<void> {
    remember(recorded);
    const tooLong = (): Observable<never> =>
      throwError(
        () =>
          new Error(`Saga "${this.name}" has not ended ${this.longestMs} ms after it was given the event.`),
      );
    // The array comes when the saga has ended, so this is the time for all of it.
    const wishes = await lastValueFrom(
      this.saga(of(recorded.event)).pipe(toArray(), timeout({ first: this.longestMs, with: tooLong })),
    );
    const { correlationId, actor } = recorded.metadata;
    const context = { correlationId, causationId: recorded.id, actor };
    const stored = wishes.flatMap((wish, index) => {
      if (wish === null || wish === undefined) return [];
      const runId = v5(`${this.name} ${recorded.id} ${index}`, SENT);
      const origin = { source: this.name, queue: `${this.name} ${recorded.stream}`, runId, context };
      return [sagaWish(wish, origin, this.commands.registry)];
    });
    for (const wish of stored) sent.add(wish);
  }
}

/** In a statement with the move of the checkpoint. */
function storeCommands(sent: CommandBatch): Work {
  if (sent.isEmpty) return { name: 'no commands', sql: '', values: [] };
  const [commands, cancelled] = [FIRST_WORK_PARAMETER, FIRST_WORK_PARAMETER + 1];
  return {
    name: 'commands of a saga',
    sql: '',
    call: `store_commands($${commands}::jsonb, $${cancelled}::text[])`,
    values: [JSON.stringify(sent.stored), sent.cancelled],
  };
}
