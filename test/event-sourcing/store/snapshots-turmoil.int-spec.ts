import {
  emptyStream,
  fold,
  type Decider,
  type Versioned,
} from '../../../src/event-sourcing/kernel/decider.js';
import { DomainError } from '../../../src/event-sourcing/kernel/domain-error.js';
import type { EventLog } from '../../../src/event-sourcing/log/event-log.js';
import { EventStore } from '../../../src/event-sourcing/store/event-store.js';
import { Snapshots } from '../../../src/event-sourcing/store/snapshots.js';
import { StateCache } from '../../../src/event-sourcing/store/state-cache.js';
import { Deposited, openLog, Withdrawn, type AccountEvent } from '../support/bank.js';
import { LogDatabase } from '../support/log-database.js';
import { Random } from '../support/random.js';
import { Backup } from '../support/restore.js';
import { openStore, type OpenStore } from '../support/stores.js';

const STEPS = 150;
const STREAMS = ['1', '2', '3'];
const PROCESSES = 3;

interface Ledger {
  readonly balance: number;
  readonly last: readonly number[];
  /** Since the second version of the fold. */
  readonly fee?: number;
}

type LedgerDecider = Decider<Ledger, AccountEvent>;

/** Two versions of one fold, with other states and other decisions. */
const FOLDS: readonly LedgerDecider[] = [
  {
    category: 'account',
    initialState: { balance: 0, last: [] },
    evolve: ({ balance, last }, { type, amount }) => ({
      balance: type === 'account.deposited' ? balance + amount : balance - amount,
      last: [...last, amount].slice(-4),
    }),
  },
  {
    category: 'account',
    initialState: { balance: 0, last: [], fee: 0 },
    evolve: ({ balance, last, fee = 0 }, { type, amount }) => ({
      balance: type === 'account.deposited' ? balance + amount : balance - amount - 1,
      last: [amount, ...last].slice(0, 6),
      fee: type === 'account.deposited' ? fee : fee + 1,
    }),
  },
];

/** Pure, so that what it comes to with and without snapshots can be compared. */
function withdraw({ balance, last }: Ledger, amount: number): AccountEvent[] {
  if (balance < amount) throw new DomainError('OVERDRAWN', `There are ${balance}.`, { last: last.join() });
  return balance === amount
    ? [new Withdrawn({ amount }), new Deposited({ amount: 1 })]
    : [new Withdrawn({ amount })];
}

interface Process extends OpenStore {
  readonly decider: LedgerDecider;
  readonly plain: LedgerDecider;
}

/** What a command has come to: the state after it, or its refusal. */
type Outcome = Versioned<Ledger> | string;

let database: LogDatabase;
let processes: Process[];
let random: Random;
/** A log to look at what the processes have done. */
let reader: EventLog;
const crashed: OpenStore[] = [];
beforeEach(async () => {
  random = Random.fromEnvironment();
  database = await LogDatabase.create();
  reader = openLog(database.url);
  processes = Array.from({ length: PROCESSES }, start);
});
afterEach(async () => {
  await Promise.all(
    [reader, ...[...processes, ...crashed.splice(0)].map(({ log }) => log)].map((log) => log.close()),
  );
  await database.drop();
});

function start(): Process {
  const plain = random.pick(FOLDS);
  const decider = { ...plain, snapshots: { every: 1 + random.below(4), version: 1 + FOLDS.indexOf(plain) } };
  return { ...openStore(database.url, { capacity: 10 + random.below(100) }), decider, plain };
}

/** A process dies with the snapshots that it has not written, and another one takes its place. */
function crash(index: number): void {
  const process = processes[index];
  if (process) crashed.push(process);
  processes[index] = start();
}

/** A store with nothing in memory. */
function afresh(): { snapshots: Snapshots; store: EventStore } {
  const snapshots = new Snapshots(reader, () => undefined);
  return { snapshots, store: new EventStore(reader, new StateCache(reader, 1_000, snapshots)) };
}

async function folded(plain: LedgerDecider, id: string): Promise<Versioned<Ledger>> {
  const events = await reader.readStream(`account-${id}`);
  return fold(plain, emptyStream(plain), events as never);
}

async function command({ store, decider }: Process, id: string, amount: number): Promise<Outcome> {
  const deciding = store.transact((tx) => {
    const { state } = tx.load(decider, id);
    const events = amount > 0 ? [new Deposited({ amount })] : withdraw(state, -amount);
    return tx.append(decider, id, events);
  });
  return deciding.catch((error: unknown) => refusalOf(error));
}

/** What the command comes to on the whole stream. */
async function expected(
  { plain }: Process,
  id: string,
  amount: number,
): Promise<Omit<Versioned<Ledger>, 'occurredAt'> | string> {
  const { state, version } = await folded(plain, id);
  try {
    const events = amount > 0 ? [new Deposited({ amount })] : withdraw(state, -amount);
    const after = events.reduce((before, event) => plain.evolve(before, event, new Date(0)), state);
    return { state: after, version: version + events.length };
  } catch (error) {
    return refusalOf(error);
  }
}

function refusalOf(error: unknown): string {
  if (error instanceof DomainError) return `${error.code} ${error.message} ${JSON.stringify(error.data)}`;
  throw error;
}

const DAMAGES = [
  `state = replace(state, '1', '2')`,
  `state = left(state, 5)`,
  `version = version + 2`,
  `version = greatest(version - 1, 1)`,
  `event_id = gen_random_uuid()`,
  `event_id = (SELECT id FROM event_log l WHERE l.stream = s.stream ORDER BY random() LIMIT 1)`,
  `fold = '1-of-another-time'`,
  `(version, event_id) = (SELECT version, id FROM event_log l WHERE l.stream = s.stream ORDER BY random() LIMIT 1)`,
];

/** Snapshots of some moment. */
let saved: Record<string, unknown>[] = [];
let backup: Backup | undefined;

async function restoreLog(): Promise<void> {
  if (!backup) {
    backup = await Backup.of(database);
    return;
  }
  // Who remembers the log as it was is stopped before. What it still writes comes too late.
  processes.forEach((_, index) => {
    crash(index);
  });
  await backup.rollBack(database);
  await backup.remove();
  backup = undefined;
}

async function restoreSnapshots(): Promise<void> {
  if (saved.length === 0) {
    saved = await database.query('SELECT * FROM stream_snapshot');
    return;
  }
  await database.query('TRUNCATE stream_snapshot');
  await database.query(
    'INSERT INTO stream_snapshot SELECT * FROM jsonb_populate_recordset(NULL::stream_snapshot, $1::jsonb)',
    [JSON.stringify(saved)],
  );
  saved = [];
}

async function somethingHappens(): Promise<void> {
  const dice = random.next();
  if (dice < 0.35) crash(random.below(PROCESSES));
  else if (dice < 0.7)
    await database.query(`UPDATE stream_snapshot s SET ${random.pick(DAMAGES)} WHERE stream = $1`, [
      `account-${random.pick(STREAMS)}`,
    ]);
  else if (dice < 0.85) await restoreSnapshots();
  else await restoreLog();
}

describe('snapshots in turmoil', () => {
  afterEach(async () => {
    await backup?.remove();
    backup = undefined;
    saved = [];
  });

  it('change no state and no decision', async () => {
    let used = 0;
    for (let step = 0; step < STEPS; step += 1) {
      if (random.happens(0.25)) await somethingHappens();
      const process = random.pick(processes);
      const id = random.pick(STREAMS);
      const amount = random.below(12) - 6 || 3;
      const wanted = await expected(process, id, amount);
      const outcome = await command(process, id, amount);
      if (typeof wanted === 'string') expect(outcome).toBe(wanted);
      else expect(outcome).toMatchObject(wanted);
      if (random.happens(0.5)) await process.snapshots.done();
      const fresh = afresh();
      const [snapshot] = await fresh.snapshots.load([{ decider: process.decider, stream: `account-${id}` }]);
      if (snapshot) used += 1;
      expect(await fresh.store.load(process.decider, id)).toEqual(await folded(process.plain, id));
      const { version } = await fresh.store.load(process.plain, id);
      const past = { version: random.below(version + 1) };
      expect(await fresh.store.load(process.decider, id, past)).toEqual(
        await fresh.store.load(process.plain, id, past),
      );
    }
    expect(used).toBeGreaterThan(STEPS / 10);
  }, 120_000);

  it('change no state when several processes append at once', async () => {
    for (let round = 0; round < 15; round += 1) {
      const commands = Array.from({ length: 24 }, () =>
        command(random.pick(processes), random.pick(STREAMS), random.below(12) - 4 || 3),
      );
      await Promise.all(commands);
      if (random.happens(0.5)) crash(random.below(PROCESSES));
      for (const id of STREAMS) {
        const { decider, plain, store } = random.pick(processes);
        expect(await store.load(decider, id)).toEqual(await folded(plain, id));
        const fresh = afresh();
        expect(await fresh.store.load(decider, id)).toEqual(await folded(plain, id));
      }
    }
  }, 120_000);
});
