import pg from 'pg';
import { event, EventLog, EventRegistry, EventStore, type Decider } from '../../src/event-sourcing/index.js';
import { Snapshots } from '../../src/event-sourcing/store/snapshots.js';
import { StateCache } from '../../src/event-sourcing/store/state-cache.js';

const CACHED_EVENTS = 250_000;
const EVERY = 500;
const MOVEMENTS_SHOWN = 20;

export class MoneyMoved extends event('ledger.money-moved')<{ amount: number; note: string }>() {}

interface Ledger {
  readonly balance: number;
  readonly movements: number;
  /** The last ones, the newest first. */
  readonly last: readonly { readonly amount: number; readonly note: string; readonly at: string }[];
}

export type LedgerDecider = Decider<Ledger, MoneyMoved>;

/** A state of about 1.5 kB, however long the stream is. */
export const plainLedger: LedgerDecider = {
  category: 'ledger',
  initialState: { balance: 0, movements: 0, last: [] },
  evolve: ({ balance, movements, last }, { amount, note }, at) => ({
    balance: balance + amount,
    movements: movements + 1,
    last: [{ amount, note, at: at.toISOString() }, ...last.slice(0, MOVEMENTS_SHOWN - 1)],
  }),
};

export const ledger: LedgerDecider = { ...plainLedger, snapshots: { every: EVERY, version: 1 } };

/** A log as a process has it. */
export function openLedgerLog(connectionString: string): EventLog {
  const registry = new EventRegistry();
  registry.register({ events: [MoneyMoved] });
  const connection = { connectionString };
  const options = { connection, maxBatchesInFlight: 2, maxBatchSize: 256, patienceMs: 5_000 };
  return new EventLog(options, registry, (error) => {
    throw error;
  });
}

/** A process that has nothing in memory. */
export function coldStore(log: EventLog): { readonly store: EventStore; readonly snapshots: Snapshots } {
  const snapshots = new Snapshots(log, ({ error }) => {
    if (error !== undefined) throw new Error('A snapshot failed.', { cause: error });
  });
  return { store: new EventStore(log, new StateCache(log, CACHED_EVENTS, snapshots)), snapshots };
}

/** Stores streams of so many events past the log, which would take minutes. */
export async function fillStream(url: string, id: string, events: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `INSERT INTO event_log
       SELECT nextval('event_position'), 'ledger-' || $1, n, gen_random_uuid(), 'ledger.money-moved', 1,
              jsonb_build_object('amount', n % 100, 'note', 'Invoice ' || n || ', paid by transfer'),
              '{"correlationId": "c", "causationId": "c", "actor": {"type": "system", "id": null}, "commandId": "c"}',
              now() - ($2 - n) * interval '1 s'
         FROM generate_series(1, $2::int) AS n`,
      [id, events],
    );
    await client.query('ANALYZE event_log');
  } finally {
    await client.end();
  }
}
