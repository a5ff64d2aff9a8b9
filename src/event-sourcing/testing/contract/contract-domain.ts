import type { Decider } from '../../kernel/decider.js';
import { event, type DomainEvent } from '../../kernel/event.js';
import type { EventMetadata } from '../../kernel/recorded-event.js';
import type { Append, AppendResult, StreamCondition, StreamWrite } from '../../log/append/append.js';
import { newId } from '../../runtime/new-id.js';
import type { StoreSubject } from './contract-case.js';

/** Something was added. */
export class Added extends event('contract.added')<{ amount: number; note?: unknown }>() {}
/** Everything was taken. */
export class Emptied extends event('contract.emptied')<{ reason: string }>() {}
/** No application registers it. */
export class Unregistered extends event('contract.unregistered')<{ amount: number }>() {}

/** A sum that can be emptied. */
export const sum: Decider<{ readonly total: number; readonly events: number }, Added | Emptied> = {
  category: 'contract_sum',
  initialState: { total: 0, events: 0 },
  evolve: ({ total, events }, event) => ({
    total: event.type === 'contract.added' ? total + event.amount : 0,
    events: events + 1,
  }),
};

/** Folds the same events in streams of another category. */
export const otherSum: typeof sum = { ...sum, category: 'contract_other' };

/** Metadata as a case stores them. */
export const METADATA: EventMetadata = {
  correlationId: 'contract',
  causationId: 'contract',
  actor: { type: 'system', id: null },
  commandId: '0190a000-0000-7000-8000-000000000000',
};

/** The name of a stream that no other case uses. */
export function newStream(): string {
  return `${sum.category}-${newId()}`;
}

/** So many additions: of 1, 2, 3 and so on. */
export function additions(count: number): Added[] {
  return Array.from({ length: count }, (_, index) => new Added({ amount: index + 1 }));
}

/** Events for a stream. */
export function write(
  stream: string,
  expectedVersion: number,
  events: readonly DomainEvent[] = additions(1),
  occurredAt = new Date(2030, 0, 1),
): StreamWrite {
  return {
    stream,
    expectedVersion,
    occurredAt,
    events: events.map((one) => ({ id: newId(), event: one, metadata: METADATA })),
  };
}

/** An append of these parts. */
export function appendOf(
  writes: readonly StreamWrite[],
  conditions: readonly StreamCondition[] = [],
): Append {
  return { writes, conditions };
}

/** Appends, and waits for the result. */
export function append(
  { log }: StoreSubject,
  writes: readonly StreamWrite[],
  conditions: readonly StreamCondition[] = [],
): Promise<AppendResult> {
  return log.append(appendOf(writes, conditions)).result;
}

/** The data of an event, as they survive JSON. */
export function plain(data: object): unknown {
  return JSON.parse(JSON.stringify(data));
}

/** The data of the events of a stream, in order. */
export async function dataOf({ log }: StoreSubject, stream: string): Promise<unknown[]> {
  return (await log.readStream(stream)).map(({ event: one }) => plain(one));
}

/** Adds to a sum. @returns the total after it */
export function add({ store }: Pick<StoreSubject, 'store'>, id: string, amount = 1): Promise<number> {
  return store.transact((tx) => {
    tx.load(sum, id);
    return tx.append(sum, id, [new Added({ amount })]).state.total;
  });
}
