import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Type } from '@nestjs/common';
import { CommandHandler, Saga, type ICommandHandler } from '@nestjs/cqrs';
import { filter, map, type Observable } from 'rxjs';
import { cancelDue, dueCommand } from '../../commands/saga-wish.js';
import { ENQUEUED } from '../../commands/durable-commands.js';
import { recordOf } from '../../kernel/record-of.js';
import { DurableCommandBus } from '../../nest/durable-command-bus.js';
import { DurableSaga } from '../../runner/durable-handler.js';
import { SubscriptionAdmin } from '../../runner/subscription-admin.js';
import { newId } from '../../runtime/new-id.js';
import { EventStore } from '../../store/event-store.js';
import type { Cases } from './contract-case.js';
import { add, Added, additions, append, Emptied, newStream, sum, write } from './contract-domain.js';

const TWICE = { attempts: 2, firstPauseMs: 10 };
const FAR = new Date(Date.UTC(2999, 0, 1));

/** Adds to a sum. */
export class Add {
  constructor(
    readonly id: string,
    readonly amount: number,
  ) {}
}

/** How often commands for a sum still fail after they have stored their events, by the id of the sum. */
const failuresOf = new Map<string, number>();

@CommandHandler(Add)
export class AddHandler implements ICommandHandler<Add> {
  constructor(readonly store: EventStore) {}

  async execute({ id, amount }: Add): Promise<void> {
    await add(this, id, amount);
    const failures = failuresOf.get(id) ?? 0;
    if (failures === 0) failuresOf.delete(id);
    else {
      failuresOf.set(id, failures - 1);
      throw new Error('The contract wants this command to fail.');
    }
  }
}

/** How commands are stored and run. */
export const commandCases: Cases = {
  'runs the commands of a saga once each, in the order of their events': async (subject) => {
    const [stream, copy] = [newStream(), newId()];
    failuresOf.set(copy, 1);
    const app = await subject.start({ providers: [copying(stream, copy)], retry: TWICE });
    await append(subject, [write(stream, 0, additions(4))]);
    await app.settled();
    const stored = await subject.log.readStream(`${sum.category}-${copy}`);
    deepEqual(
      stored.map(({ event }) => (event as Added).amount),
      [1, 2, 3, 4],
    );
    const [first] = await subject.log.readStream(stream);
    equal(stored[0]?.metadata.causationId, first?.id);
  },

  'replaces and cancels the timers of a saga': async (subject) => {
    const [stream, copy] = [newStream(), newId()];
    const app = await subject.start({ providers: [reminding(stream, copy)], retry: TWICE });
    await append(subject, [write(stream, 0, [new Added({ amount: 1 }), new Added({ amount: 2 })])]);
    await app.settled();
    equal((await subject.store.load(sum, copy)).version, 0);
    equal(await app.get(DurableCommandBus).cancel(copy), true);
    await append(subject, [
      write(stream, 2, [new Added({ amount: 3 }), new Emptied({ reason: 'contract' })]),
    ]);
    await app.settled();
    equal(await app.get(DurableCommandBus).cancel(copy), false);
    // The last one is due in the past, so at once.
    await append(subject, [write(stream, 4, [new Added({ amount: 5 }), new Added({ amount: -6 })])]);
    await app.settled();
    equal((await subject.store.load(sum, copy)).state.total, -6);
  },

  'runs an enqueued command, unless it is replaced or cancelled before': async (subject) => {
    const id = newId();
    const app = await subject.start({ providers: [] });
    const bus = app.get(DurableCommandBus);
    ok(await bus.enqueue(new Add(id, 1)));
    await bus.enqueue(new Add(id, 20), { id: `contract ${id}`, runAt: FAR });
    await bus.enqueue(new Add(id, 2), { id: `contract ${id}` });
    const cancelled = await bus.enqueue(new Add(id, 100), { runAt: FAR });
    deepEqual([await bus.cancel(cancelled), await bus.cancel(cancelled)], [true, false]);
    await app.settled();
    equal((await subject.store.load(sum, id)).state.total, 3);
  },

  'retries a command that failed, and its decisions take effect once': async (subject) => {
    const id = newId();
    failuresOf.set(id, 1);
    const app = await subject.start({ providers: [], retry: TWICE });
    await app.get(DurableCommandBus).enqueue(new Add(id, 1));
    await app.settled();
    // It is forgotten when the command has succeeded.
    deepEqual([failuresOf.has(id), (await subject.store.load(sum, id)).state.total], [false, 1]);
  },

  'parks a command that fails each time, until somebody retries it': async (subject) => {
    const id = newId();
    failuresOf.set(id, 2);
    const app = await subject.start({ providers: [], retry: TWICE });
    await app.get(DurableCommandBus).enqueue(new Add(id, 1));
    await app.settled();
    const admin = app.get(SubscriptionAdmin);
    const [parked] = (await admin.parked(ENQUEUED))?.items ?? [];
    deepEqual([parked?.type, parked?.attempts, parked?.position], ['contract.add', 2, null]);
    equal(await admin.retry(ENQUEUED, parked?.id ?? ''), true);
    await app.settled();
    deepEqual((await admin.parked(ENQUEUED))?.items, []);
    equal((await subject.store.load(sum, id)).state.total, 1);
  },
};

type EventsOfSaga = Observable<object>;

/** A saga that adds what is added to one stream to another sum. */
function copying(stream: string, copy: string): Type {
  class Copying {
    readonly copy = (events: EventsOfSaga) =>
      events.pipe(
        filter(isAddedTo(stream)),
        map(({ amount }) => new Add(copy, amount)),
      );
  }
  return sagaOf(Copying, 'copy');
}

/** A saga that adds to a sum much later, or at once if the amount is negative; and never once the stream is emptied. */
function reminding(stream: string, copy: string): Type {
  class Reminding {
    readonly remind = (events: EventsOfSaga) =>
      events.pipe(
        filter((event) => isAddedTo(stream)(event) || isEmptied(stream)(event)),
        map((event) => {
          if (event instanceof Emptied) return cancelDue(copy);
          const { amount } = event;
          return dueCommand(new Add(copy, amount), { id: copy, at: amount < 0 ? new Date(0) : FAR });
        }),
      );
  }
  return sagaOf(Reminding, 'remind');
}

/** Decorates a class whose `property` is a saga, under a name of its own. */
function sagaOf<T extends Type>(sagaClass: T, property: string): T {
  Saga()(sagaClass.prototype as object, property);
  DurableSaga({ name: `contract ${newId()}` })(sagaClass.prototype as object, property);
  return sagaClass;
}

function isAddedTo(stream: string): (event: object) => event is Added {
  return (event): event is Added => event instanceof Added && recordOf(event).stream === stream;
}

function isEmptied(stream: string): (event: object) => event is Emptied {
  return (event): event is Emptied => event instanceof Emptied && recordOf(event).stream === stream;
}
