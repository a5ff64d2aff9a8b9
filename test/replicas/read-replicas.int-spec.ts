import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { ReadReplica } from '../../src/event-sourcing/queries/read-replica.js';
import { identityOf, ReplicaConnection } from '../../src/event-sourcing/queries/replica-connection.js';
import { createDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { PostgresServer } from '../support/postgres-server.js';
import { caughtUp, makeStandby, pauseReplay, resumeReplay } from '../support/standby.js';
import { TcpForwarder } from '../support/tcp-forwarder.js';
import { Bank } from './bank-with-replicas.js';

let folder: string;
let primary: PostgresServer;
let standby: PostgresServer;
let urls: { readonly command: string; readonly query: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cartwright-replicas-'));
  await chmod(folder, 0o711);
  primary = await PostgresServer.create(join(folder, 'primary'), ['command', 'query']);
  standby = await makeStandby(primary, { dataDir: join(folder, 'standby') });
  urls = { command: primary.url('command'), query: primary.url('query') };
});
afterAll(async () => {
  await standby.stop();
  await primary.stop();
  await rm(folder, { recursive: true });
});

const banks: Bank[] = [];
afterEach(async () => {
  await Promise.all(banks.splice(0).map((bank) => bank.stop()));
  await TcpForwarder.closeAll();
});

const replicaUrl = (): string => standby.url('query');
const placeOf = (url: string): string => new URL(url).host;
let accounts = 0;
const newAccount = (): string => `account ${(accounts += 1)}`;

async function open(...replicas: string[]): Promise<Bank> {
  const bank = await Bank.start(urls, replicas);
  banks.push(bank);
  return bank;
}

/** Waits until reads go to the standby: the bank knows the writer of the view, and the standby shows the same one. */
async function usesStandby(bank: Bank, url = replicaUrl()): Promise<void> {
  await eventually(
    'rows to be read from the standby',
    async () => {
      await bank.balance('nobody in particular');
      return bank.reads.at(-1);
    },
    (place) => place === placeOf(url),
  );
}

/** Runs work and gives the places of the reads in it. */
async function placesOf(bank: Bank, work: () => Promise<unknown>): Promise<Set<string>> {
  const before = bank.reads.length;
  await work();
  return new Set(bank.reads.slice(before));
}

describe('a standby that is behind', () => {
  let bank: Bank;
  let id: string;
  beforeEach(async () => {
    bank = await open(replicaUrl());
    id = newAccount();
    await bank.deposit(id, 1);
    await eventually(
      'the view',
      () => bank.list(),
      (balances) => balances[id] === 1,
    );
    await caughtUp(standby, primary);
    await usesStandby(bank);
    await pauseReplay(standby);
  });
  afterEach(async () => {
    await resumeReplay(standby);
  });

  /** It catches up before each list: on a busy machine, the view may get another writer at any time. */
  const listedFromStandby = (): Promise<unknown> =>
    eventually(
      'a list from the standby',
      async () => {
        await resumeReplay(standby);
        await caughtUp(standby, primary);
        await pauseReplay(standby);
        return placesOf(bank, async () => bank.list());
      },
      (found) => found.has(placeOf(replicaUrl())),
    );

  it('gives rows, onto which the events that it lacks are folded', async () => {
    await bank.deposit(id, 2);
    const places = await placesOf(bank, async () => {
      expect(await bank.balance(id)).toBe(3);
    });
    expect(places).toEqual(new Set([placeOf(replicaUrl())]));
  });

  it('gives rows of an account that it does not have yet', async () => {
    const unknown = newAccount();
    await bank.deposit(unknown, 5);
    const places = await placesOf(bank, async () => {
      expect(await bank.balance(unknown)).toBe(5);
    });
    expect(places).toEqual(new Set([placeOf(replicaUrl())]));
  });

  it('gives no list, until it has caught up', async () => {
    await bank.deposit(id, 2);
    await eventually(
      'the view of the primary',
      () => bank.list(),
      (balances) => balances[id] === 3,
    );
    const places = await placesOf(bank, async () => {
      for (let count = 0; count < 20; count += 1) expect((await bank.list())[id]).toBe(3);
    });
    expect(places).toEqual(new Set(['primary']));
    await resumeReplay(standby);
    await eventually(
      'the list to come from the standby',
      async () => placesOf(bank, async () => bank.list()),
      (found) => found.has(placeOf(replicaUrl())),
    );
    expect((await bank.list())[id]).toBe(3);
  });

  it('gives no list while it shows a parked event, whose retry changes rows without a new position', async () => {
    await listedFromStandby();
    await resumeReplay(standby);
    const views = await new DataSource({ type: 'postgres', url: urls.query }).initialize();
    await views.query(`
      INSERT INTO parked_event (handler, key, position, event_id, type, stream, attempts)
      SELECT name, 'nobody', 0, gen_random_uuid(), 'account.deposited', 'account-nobody', 1
        FROM checkpoint WHERE kind = 'projection'`);
    await caughtUp(standby, primary);
    await pauseReplay(standby);
    await views.query('DELETE FROM parked_event');
    await views.destroy();
    for (let count = 0; count < 20; count += 1) {
      expect(await placesOf(bank, async () => bank.list())).toEqual(new Set(['primary']));
    }
  });

  it('gives a list if the log has not moved since', async () => {
    await listedFromStandby();
    expect((await bank.list())[id]).toBe(1);
  });
});

it('does not show rows from before a rebuild once the rebuild is known', async () => {
  const bank = await open(replicaUrl());
  const id = newAccount();
  await bank.deposit(id, 1);
  await eventually(
    'the view',
    () => bank.list(),
    (balances) => balances[id] === 1,
  );
  await primary.query('UPDATE balances SET balance = 1000 WHERE account_id = $1', [id], 'query');
  await caughtUp(standby, primary);
  await usesStandby(bank);
  await pauseReplay(standby);
  await bank.rebuild();
  await eventually(
    'the rebuilt row',
    () => bank.balance(id),
    (balance) => balance === 1,
  );
  const places = await placesOf(bank, async () => {
    for (let count = 0; count < 20; count += 1) {
      expect(await bank.balance(id)).toBe(1);
      expect((await bank.list())[id]).toBe(1);
    }
  });
  expect(places).toEqual(new Set(['primary']));
  await resumeReplay(standby);
  await usesStandby(bank);
  expect(await bank.balance(id)).toBe(1);
});

it('is left out while it is down, from the start or later, with one line for each change', async () => {
  await standby.stop();
  const bank = await open(replicaUrl());
  const id = newAccount();
  await bank.deposit(id, 1);
  expect(await bank.balance(id)).toBe(1);
  expect(new Set(bank.reads)).toEqual(new Set(['primary']));

  await standby.start();
  await usesStandby(bank);
  const reading = (async () => {
    for (let balance = 2; balance < 80; balance += 1) {
      await bank.deposit(id, 1);
      expect(await bank.balance(id)).toBe(balance);
      await bank.list();
    }
  })();
  await standby.kill();
  await reading;
  expect(bank.reads.at(-1)).toBe('primary');
  await standby.start();
  await usesStandby(bank);
  expect(bank.lines).toEqual([
    expect.stringMatching(
      /^The read replica at 127\.0\.0\.1:\d+ is left out, and the primary answers in its place: /,
    ),
    expect.stringMatching(/^The read replica at 127\.0\.0\.1:\d+ answers queries\.$/),
    expect.stringMatching(
      /^The read replica at 127\.0\.0\.1:\d+ is left out, and the primary answers in its place: /,
    ),
    expect.stringMatching(/^The read replica at 127\.0\.0\.1:\d+ answers queries\.$/),
  ]);
});

it('is left out when it falls silent; the others take turns', async () => {
  const forwarder = await TcpForwarder.to(replicaUrl());
  const silent = forwarder.url(replicaUrl());
  const bank = await open(silent, replicaUrl());
  const id = newAccount();
  await bank.deposit(id, 1);
  await usesStandby(bank, silent);
  await usesStandby(bank);
  forwarder.stall();
  const answers = await Promise.all(Array.from({ length: 20 }, () => bank.balance(id)));
  expect(answers).toEqual(Array(20).fill(1));
  expect(await placesOf(bank, () => bank.balance(id))).toEqual(new Set([placeOf(replicaUrl())]));
  expect(bank.lines.filter((line) => line.includes('is left out'))).toHaveLength(1);
  forwarder.mend();
  await usesStandby(bank, silent);
});

it('is not left out when all its connections are in use', async () => {
  // Makes the tables.
  await usesStandby(await open(replicaUrl()));
  const query = await new DataSource({ type: 'postgres', url: urls.query, poolSize: 1 }).initialize();
  const connect = async (): Promise<ReplicaConnection> =>
    ReplicaConnection.open(replicaUrl(), query, await identityOf(query));
  const lines: string[] = [];
  const note = (line: string): void => void lines.push(line);
  const replica = new ReadReplica(replicaUrl(), connect, { log: note, warn: note });
  const one = async (source: DataSource): Promise<{ value: unknown }> => ({
    value: await source.query('SELECT 1 AS one'),
  });
  try {
    await replica.start();
    const others = await replica.read('long', async (source) => {
      const runner = source.createQueryRunner();
      await runner.connect();
      // Each of them waits for a second. In that time the replica is looked at, too.
      const value = [];
      for (const kind of ['one', 'two', 'three']) value.push(await replica.read(kind, one));
      await runner.release();
      return { value };
    });
    expect(others).toEqual({ value: [undefined, undefined, undefined] });
    expect(await replica.read('next', one)).toEqual({ value: [{ one: 1 }] });
    expect(lines).toEqual([expect.stringMatching(/answers queries\.$/)]);
  } finally {
    await replica.stop();
    await query.destroy();
  }
});

describe('a URL', () => {
  it('of another cluster stops the start with one line', async () => {
    const foreign = await createDatabase('foreign');
    await expect(Bank.start(urls, [foreign.url])).rejects.toThrow(
      /^The read replica at \S+ cannot be used: it belongs to another cluster than .*standby of the query database\.$/,
    );
    await foreign.drop();
  });

  it('of another database stops the start with one line', async () => {
    await expect(Bank.start(urls, [standby.url('command')])).rejects.toThrow(
      /^The read replica at \S+ cannot be used: it leads to another database than that of the query database\. /,
    );
  });

  it('of a server that accepts writes is left out', async () => {
    const bank = await open((await TcpForwarder.to(urls.query)).url(urls.query));
    expect(bank.lines).toEqual([expect.stringContaining('it is no standby: it accepts writes')]);
    await bank.list();
    expect(bank.reads).toEqual(['primary']);
  });
});

it('can be checked by a role without privileges', async () => {
  await primary.query(`CREATE ROLE reader LOGIN PASSWORD 'reader'`);
  const url = new URL(urls.query);
  [url.username, url.password] = ['reader', 'reader'];
  const query = await new DataSource({ type: 'postgres', url: url.href }).initialize();
  const superuser = await new DataSource({ type: 'postgres', url: urls.query }).initialize();
  expect(await identityOf(query)).toEqual(await identityOf(superuser));
  await Promise.all([query.destroy(), superuser.destroy()]);
});
