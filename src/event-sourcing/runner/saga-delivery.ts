import { lastValueFrom, of, throwError, timeout, toArray, type Observable } from 'rxjs';
import { v5 } from 'uuid';
import { CommandBatch } from '../commands/command-batch.js';
import type { DurableCommands } from '../commands/durable-commands.js';
import { sagaWish } from '../commands/saga-wish.js';
import { FIRST_WORK_PARAMETER, type Work } from '../subscriptions/checkpoint-move.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { remember } from '../kernel/record-of.js';
import type { Batch, Delivery } from '../subscriptions/delivery.js';

/** Namespace of the ids of commands that sagas send. */
const SENT = '3d8a7c0e-9d3c-5a57-8f0e-5c8f0a2c7b11';
/** A saga only maps an event to commands, so one that takes longer never ends. In milliseconds. */
const LONGEST_MS = 10_000;

/** A saga of `@nestjs/cqrs`. */
export type SagaFunction = (events: Observable<object>) => Observable<unknown>;

/**
 * Runs a saga on each event alone and stores the commands that it yields together with the checkpoint, so each event
 * leads to its commands exactly once. No operator can keep state between events.
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
    // There is nothing to forget.
  }

  private async take(recorded: RecordedEvent, sent: CommandBatch): Promise<void> {
    remember(recorded);
    const tooLong = (): Observable<never> =>
      throwError(() => new Error(`Saga "${this.name}" did not end within ${this.longestMs} ms.`));
    // The array is emitted when the saga ends, so `first` limits the whole run.
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

/** Stores the commands in the statement that moves the checkpoint. */
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
