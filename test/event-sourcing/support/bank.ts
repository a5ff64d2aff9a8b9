import { v7 as uuidv7 } from 'uuid';
import type { Decider } from '../../../src/event-sourcing/kernel/decider.js';
import { event, type DomainEvent } from '../../../src/event-sourcing/kernel/event.js';
import { EventRegistry } from '../../../src/event-sourcing/kernel/event-registry.js';
import type { EventMetadata } from '../../../src/event-sourcing/kernel/recorded-event.js';
import type {
  Append,
  NewEvent,
  StreamCondition,
  StreamWrite,
} from '../../../src/event-sourcing/log/append/append.js';
import { EventLog, type EventLogOptions } from '../../../src/event-sourcing/log/event-log.js';

export class Deposited extends event('account.deposited')<{ amount: number; note?: string }>() {}
export class Withdrawn extends event('account.withdrawn')<{ amount: number }>() {}
export class PriceSet extends event('product.price-set')<{ price: number }>() {}
/** Not registered. */
export class Unheard extends event('account.unheard-of')<{ amount: number }>() {}

export type AccountEvent = Deposited | Withdrawn;

export interface Account {
  readonly balance: number;
  readonly movements: number;
  /** In milliseconds. */
  readonly lastAt: number;
}

export const account: Decider<Account, AccountEvent> = {
  category: 'account',
  initialState: { balance: 0, movements: 0, lastAt: 0 },
  evolve: ({ balance, movements }, { type, amount }, occurredAt) => ({
    balance: type === 'account.deposited' ? balance + amount : balance - amount,
    movements: movements + 1,
    lastAt: occurredAt.getTime(),
  }),
};

export const product: Decider<{ readonly price: number }, PriceSet> = {
  category: 'product',
  initialState: { price: 0 },
  evolve: (_, { price }) => ({ price }),
};

export function bankRegistry(): EventRegistry {
  const registry = new EventRegistry();
  registry.register({ events: [Deposited, Withdrawn, PriceSet] });
  return registry;
}

/** A log as one process has it. What its connections suffer is no matter for the test unless it looks at `onConnectionError`. */
export function openLog(
  url: string,
  options: Partial<EventLogOptions> = {},
  onConnectionError: (error: Error) => void = () => undefined,
): EventLog {
  const defaults = { maxBatchesInFlight: 2, maxBatchSize: 256, patienceMs: 10_000 };
  return new EventLog(
    { connection: { connectionString: url }, ...defaults, ...options },
    bankRegistry(),
    onConnectionError,
  );
}

export const METADATA: EventMetadata = {
  correlationId: 'request-1',
  causationId: 'request-1',
  actor: { type: 'system', id: null },
  commandId: '0190a000-0000-7000-8000-000000000000',
};

export function newEvent(event: DomainEvent, id = uuidv7()): NewEvent {
  return { id, event, metadata: METADATA };
}

/** Some events for a stream; deposits of 1 where only their number is given. */
export function write(
  stream: string,
  expectedVersion: number,
  events: number | readonly DomainEvent[] = 1,
  occurredAt = new Date(),
): StreamWrite {
  const list =
    typeof events === 'number' ? Array.from({ length: events }, () => new Deposited({ amount: 1 })) : events;
  return { stream, expectedVersion, occurredAt, events: list.map((event) => newEvent(event)) };
}

export function append(writes: readonly StreamWrite[], conditions: readonly StreamCondition[] = []): Append {
  return { writes, conditions };
}
