import type { EventLog, EventLogOptions } from '../../../src/event-sourcing/log/event-log.js';
import { EventStore } from '../../../src/event-sourcing/store/event-store.js';
import type { SnapshotReport } from '../../../src/event-sourcing/runtime/monitor.js';
import { Snapshots } from '../../../src/event-sourcing/store/snapshots.js';
import { StateCache } from '../../../src/event-sourcing/store/state-cache.js';
import type { Transaction } from '../../../src/event-sourcing/store/transaction.js';
import { account, Deposited, openLog, Withdrawn } from './bank.js';
import { LogDatabase } from './log-database.js';

export interface StoreOptions extends Partial<EventLogOptions> {
  /** Number of events whose states are kept. */
  readonly capacity?: number;
  readonly clock?: () => Date;
}

/** A store as one process has it. */
export interface OpenStore {
  readonly log: EventLog;
  readonly cache: StateCache;
  readonly store: EventStore;
  readonly snapshots: Snapshots;
  /** What became of snapshots so far. */
  readonly reports: readonly SnapshotReport[];
}

export function openStore(
  url: string,
  { capacity = 10_000, clock, ...options }: StoreOptions = {},
): OpenStore {
  const log = openLog(url, options);
  const reports: SnapshotReport[] = [];
  const snapshots = new Snapshots(log, (report) => reports.push(report));
  const cache = new StateCache(log, capacity, snapshots);
  const store = clock ? new EventStore(log, cache, clock) : new EventStore(log, cache);
  return { log, cache, store, snapshots, reports };
}

/** The stores of a spec file. */
export interface Stores {
  /** URL of the database that they share. */
  readonly url: string;
  /** Opens a store as another process would, with nothing in memory. */
  readonly open: (options?: StoreOptions) => OpenStore;
  /** @returns the id of an account that no other test uses */
  readonly newId: () => string;
}

/** Gives all tests of a spec file one database, and closes their stores in the end. Call it once, at the top of the file. */
export function useStores(): Stores {
  const opened: OpenStore[] = [];
  let database: LogDatabase;
  let accounts = 0;
  beforeAll(async () => {
    database = await LogDatabase.create();
  });
  afterAll(async () => {
    await Promise.all(opened.map(({ log }) => log.close()));
    await database.drop();
  });
  return {
    get url() {
      return database.url;
    },
    open(options) {
      const store = openStore(database.url, options);
      opened.push(store);
      return store;
    },
    newId() {
      accounts += 1;
      return String(accounts);
    },
  };
}

/** @returns the balance after it */
export function deposit(tx: Transaction, id: string, amount = 1): number {
  tx.load(account, id);
  return tx.append(account, id, [new Deposited({ amount })]).state.balance;
}

/** Moves money if there is enough. @returns whether there was */
export function transfer(tx: Transaction, from: string, to: string, amount: number): boolean {
  const { state } = tx.load(account, from);
  tx.load(account, to);
  if (state.balance < amount) return false;
  tx.append(account, from, [new Withdrawn({ amount })]);
  tx.append(account, to, [new Deposited({ amount })]);
  return true;
}
