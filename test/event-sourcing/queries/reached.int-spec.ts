import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { TestingModule } from '@nestjs/testing';
import { v7 as uuidv7 } from 'uuid';
import {
  EventStore,
  LiveViews,
  MessageIdentity,
  QUERY_DATA_SOURCE,
  streamName,
  ViewBehindError,
  withMessageContext,
} from '../../../src/event-sourcing/index.js';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { account, Deposited, METADATA, PriceSet, product, Withdrawn } from '../support/bank.js';
import { takeOver } from '../support/handler-process.js';
import { LogDatabase } from '../support/log-database.js';
import { compileApp } from '../support/store-app.js';
import { BalanceProjection, Balance, CREATE_BALANCE } from '../support/views.js';
import type { Question } from './reader.child.js';

const PATIENT_MS = 20_000;
const HASTY_MS = 200;

/** One process of an application. */
class Process {
  private constructor(private readonly app: TestingModule) {}

  static async start(runsHandlers: boolean): Promise<Process> {
    const settings = { runsHandlers, retry: { attempts: 2, firstPauseMs: 10 } };
    const app = await compileApp(database, { providers: [BalanceProjection], settings });
    app.useLogger(false);
    await app.init();
    const started = new Process(app);
    processes.push(started);
    return started;
  }

  get store(): EventStore {
    return this.app.get(EventStore);
  }

  /** The handler of a command, in one line. */
  async deposit(id: string, amount = 1): Promise<number> {
    const { position } = await this.store.transactWithPosition((tx) => {
      tx.load(account, id);
      tx.append(account, id, [new Deposited({ amount })]);
    });
    return position;
  }

  async reached(position: number, ms = PATIENT_MS): Promise<void> {
    await this.app.get(LiveViews).of(BalanceProjection).reached(position, ms);
  }

  /** The amount in the table, read past the live view. */
  async amount(id: string): Promise<number | undefined> {
    const query = this.app.get<DataSource>(getDataSourceToken(QUERY_DATA_SOURCE));
    return (await query.getRepository(Balance).findOneBy({ account: streamName(account, id) }))?.amount;
  }

  async stop(): Promise<void> {
    await this.app.close();
  }
}

let database: LogDatabase;
let processes: Process[];
beforeEach(async () => {
  processes = [];
  database = await LogDatabase.create();
  await database.query(CREATE_BALANCE);
});
afterEach(async () => {
  await Promise.all(processes.map((one) => one.stop()));
  await database.drop();
});

describe.each([
  ['the reader runs the projection', { writer: false, reader: true }],
  ['the writer runs the projection', { writer: true, reader: false }],
])('a command in one process, a query in another one: %s', (_, runs) => {
  it('sees every command that it waits for in the table of the view', async () => {
    const [writer, reader] = [await Process.start(runs.writer), await Process.start(runs.reader)];
    for (let amount = 1; amount <= 30; amount += 1) {
      const position = await writer.deposit('1');
      await reader.reached(position);
      expect(await reader.amount('1')).toBe(amount);
    }
  });

  it('does not wait for an event that does not concern the view', async () => {
    const [writer, reader] = [await Process.start(runs.writer), await Process.start(runs.reader)];
    await reader.reached(await writer.deposit('1'));
    const { position } = await writer.store.transactWithPosition((tx) => {
      tx.load(product, '1');
      tx.append(product, '1', [new PriceSet({ price: 1 })]);
    });
    await reader.reached(position);
    const [checkpoint] = await database.query<{ position: number }>(
      `SELECT position::float8 FROM checkpoint WHERE name = 'balances'`,
    );
    expect(checkpoint?.position).toBeLessThan(position);
  });
});

describe('a reader in an operating system process of its own', () => {
  let reader: ChildProcess;
  beforeEach(async () => {
    reader = fork('test/event-sourcing/queries/reader.child.ts', {
      execArgv: ['--import', '@swc-node/register/esm-register'],
      env: { ...process.env, DATABASE_URL: database.url },
    });
    await once(reader, 'message');
  });
  afterEach(async () => {
    if (reader.exitCode !== null || reader.signalCode !== null) return;
    const exit = once(reader, 'exit');
    reader.disconnect();
    await exit;
  });

  it('sees every command that it waits for, and its view is behind when it is killed', async () => {
    const writer = await Process.start(false);
    for (let amount = 1; amount <= 20; amount += 1) {
      const question: Question = { account: streamName(account, '1'), position: await writer.deposit('1') };
      const answer = once(reader, 'message');
      reader.send(question);
      expect(await answer).toMatchObject([{ amount }]);
    }
    const exit = once(reader, 'exit');
    reader.kill('SIGKILL');
    await exit;
    const position = await writer.deposit('1');
    await expect(writer.reached(position, HASTY_MS)).rejects.toThrow(ViewBehindError);
  }, 60_000);
});

describe('the position of a command', () => {
  it('is that of its last event', async () => {
    const { store } = await Process.start(false);
    const { value, position } = await store.transactWithPosition((tx) => {
      tx.load(account, '1');
      return tx.append(account, '1', [new Deposited({ amount: 3 }), new Withdrawn({ amount: 1 })]).state
        .balance;
    });
    expect(value).toBe(2);
    expect((await database.rows()).map((row) => row.position)).toContain(position);
    expect((await database.rows()).at(-1)).toMatchObject({ version: 2, position });
  });

  it('covers what a command without events has seen', async () => {
    const [one, other] = [await Process.start(false), await Process.start(false)];
    const stored = await other.deposit('1');
    const { value, position } = await one.store.transactWithPosition((tx) => tx.load(account, '1').version);
    expect(value).toBe(1);
    expect(position).toBeGreaterThanOrEqual(stored);
  });

  it('covers what the first run of a repeated command has stored', async () => {
    const [one, other] = [await Process.start(false), await Process.start(false)];
    const id = uuidv7();
    const deposit = (process: Process): Promise<number> =>
      withMessageContext({ ...METADATA, identity: new MessageIdentity(id, 'deposit') }, () =>
        process.deposit('1'),
      );
    const first = await deposit(one);
    expect(await deposit(other)).toBeGreaterThanOrEqual(first);
    expect(await database.rows()).toHaveLength(1);
  });
});

describe('a view that does not get there', () => {
  it('is an error after the time limit, which tells the view and both positions', async () => {
    const [writer, reader] = [await Process.start(true), await Process.start(false)];
    await reader.reached(await writer.deposit('1'));
    await takeOver(database);
    const position = await writer.deposit('1');
    const failure = await reader.reached(position, HASTY_MS).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ViewBehindError);
    expect(failure).toMatchObject({ view: 'balances', position });
    expect(String(failure)).toMatch(
      /"balances" does not hold position \d+ yet: after 200 ms it is at position \d+\./,
    );
  });

  it('is an error that says so if the event is parked', async () => {
    const [writer, reader] = [await Process.start(true), await Process.start(false)];
    await database.query(`INSERT INTO balance VALUES ('account-1', 0, 7)`);
    await database.query('UPDATE checkpoint SET has_old_rows = false');
    const position = await writer.deposit('1');
    await expect(reader.reached(position, 2_000)).rejects.toThrow(/is parked/);
  });

  it('is an error if the position is not in the log', async () => {
    const reader = await Process.start(true);
    await expect(reader.reached(1_000, HASTY_MS)).rejects.toThrow(
      /position 1000 yet: within 200 ms, the event log has settled up to position 0 only/,
    );
  });
});
