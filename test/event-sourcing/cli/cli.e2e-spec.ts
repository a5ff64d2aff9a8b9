import { EventsHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { DurableHandler, runCli } from '../../../src/event-sourcing/index.js';
import { bankDatabases, startBank, type Bank, type BankDatabases } from '../../bank/bank-app.js';
import { MoneyMoved } from '../../bank/bank.js';
import { eventually } from '../../support/eventually.js';
import { cli, type CliRun } from './cli-process.js';

/** Fails at amounts below zero until it is mended. */
@EventsHandler(MoneyMoved)
@DurableHandler({ name: 'auditor', startAt: 'beginning' })
class Auditor {
  isMended = false;
  readonly heard: number[] = [];

  handle({ amount }: MoneyMoved): void {
    if (amount === 13 && !this.isMended) throw new Error('13 \u001b[31mis\nunlucky');
    this.heard.push(amount);
  }
}

interface Row {
  readonly name: string;
  readonly state: string;
  readonly lag: number;
  readonly parked: number;
}

let databases: BankDatabases;
let urls: NodeJS.ProcessEnv;
const running = new Set<Bank>();

beforeEach(async () => {
  databases = await bankDatabases();
  urls = { COMMAND_DATABASE_URL: databases.command.url, QUERY_DATABASE_URL: databases.query.url };
});
afterEach(async () => {
  for (const bank of running) await stop(bank);
  await databases.drop();
});

async function start(): Promise<Bank> {
  const settings = { retry: { attempts: 1, firstPauseMs: 20 } };
  const bank = await startBank(databases, { others: [[Auditor]], settings });
  running.add(bank);
  return bank;
}

async function stop(bank: Bank): Promise<void> {
  running.delete(bank);
  await bank.stop();
}

/** What the command line reports, without a process of its own. */
async function report(...parameters: string[]): Promise<unknown> {
  let text = '';
  const write = (shown: string): void => {
    text += shown;
  };
  await runCli([...parameters, '--json'], { environment: urls, write, writeError: write });
  return JSON.parse(text);
}

const statuses = async (): Promise<Row[]> => (await report('status')) as Row[];

/** The rows of the view. */
const balances = async (): Promise<unknown> => {
  const views = await new DataSource(databases.query).initialize();
  const rows: unknown = await views.query('SELECT balance FROM balances');
  await views.destroy();
  return rows;
};

const parkedIds = async (): Promise<string[]> =>
  ((await report('parked', 'auditor')) as { id: string }[]).map(({ id }) => id);

async function parkOne(bank: Bank): Promise<void> {
  await bank.move('a', 13);
  await bank.move('a', 14);
  await eventually('two events to be parked', parkedIds, (ids) => ids.length === 2);
}

const refusal = (run: CliRun): object => ({
  code: run.code,
  stdout: run.stdout,
  stderr: run.stderr.split('\n', 1)[0],
});

describe('durable-cqrs status', () => {
  it('shows every handler with its state and lag, and joins no lease', async () => {
    const bank = await start();
    await bank.move('a', 5);
    await eventually('all to be done', statuses, (rows) =>
      rows.every(({ lag, state }) => lag === 0 && state === 'running'),
    );
    const { code, stdout, stderr } = await cli(urls, 'status');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^name +kind +state +position +lag +behind +parked +tables$/m);
    expect(stdout).toMatch(/^balances +projection +running +2 +0 +0s +0 +"balances"$/m);
    expect(stdout).toMatch(/^auditor +handler +running +2 +0 +0s +0$/m);
    expect(stdout).toMatch(/^commands +handler +running /m);
    expect(stdout).toMatch(/^Head of the log: 2$/m);
    await stop(bank);
    expect(new Set((await statuses()).map(({ state }) => state))).toEqual(new Set(['unattended']));
    for (const options of [databases.command, databases.query]) {
      const dataSource = await new DataSource(options).initialize();
      expect(await dataSource.query('SELECT FROM lease_member')).toEqual([]);
      await dataSource.destroy();
    }
  });
});

describe('durable-cqrs parked, retry and drop', () => {
  it('list what is parked, on one line each, and have the application try it again', async () => {
    const bank = await start();
    await parkOne(bank);
    const { stdout } = await cli(urls, 'parked');
    expect(stdout).toMatch(
      /^auditor +[0-9a-f-]{36} +account\.money-moved +account-a +1 +\S+Z +never +Error: 13 +\[31mis *$/m,
    );
    expect(stdout).not.toContain('\u001b');
    const auditor = bank.context.get(Auditor, { strict: false });
    auditor.isMended = true;
    const [first = ''] = await parkedIds();
    expect(await cli(urls, 'retry', 'auditor', first)).toMatchObject({
      code: 0,
      stdout: 'Retries 1 of "auditor".\n',
    });
    await eventually(
      'both to be heard',
      () => Promise.resolve(auditor.heard),
      (heard) => heard.join() === '13,14',
    );
    expect((await cli(urls, 'parked')).stdout).toBe('Nothing is parked.\n');
    await stop(bank);
  });

  it('drop an event for good, and the next one of its key is delivered', async () => {
    const bank = await start();
    await parkOne(bank);
    const [first = ''] = await parkedIds();
    expect(await cli(urls, 'drop', 'auditor', first, '--json')).toMatchObject({
      code: 0,
      stdout: `${JSON.stringify({ handler: 'auditor', dropped: [first] }, null, 2)}\n`,
    });
    const auditor = bank.context.get(Auditor, { strict: false });
    await eventually(
      'the next to be heard',
      () => Promise.resolve(auditor.heard),
      (heard) => heard.join() === '14',
    );
    await stop(bank);
  });

  it('take everything that is parked of a handler with --all', async () => {
    const bank = await start();
    await parkOne(bank);
    await stop(bank);
    expect(await cli(urls, 'drop', 'auditor', '--all')).toMatchObject({
      code: 0,
      stdout: 'Dropped 2 of "auditor".\n',
    });
    expect(await parkedIds()).toEqual([]);
  });

  it('drop --all delivers nothing of what it drops', async () => {
    const bank = await start();
    for (let amount = 13; amount < 40; amount += 1) await bank.move('a', amount);
    await eventually('all to be parked', parkedIds, (ids) => ids.length === 27);
    await report('drop', 'auditor', '--all');
    await bank.move('a', 1);
    const auditor = bank.context.get(Auditor, { strict: false });
    await eventually(
      'the next event to be heard',
      () => Promise.resolve(auditor.heard),
      (heard) => heard.includes(1),
    );
    expect(auditor.heard).toEqual([1]);
    await stop(bank);
  });
});

describe('durable-cqrs rebuild', () => {
  it('has a running process rebuild the view, shows its progress, and waits for the swap', async () => {
    const bank = await start();
    await bank.move('a', 5);
    await eventually('the view to be there', balances, (rows) => JSON.stringify(rows) === '[{"balance":5}]');
    const views = await new DataSource(databases.query).initialize();
    await views.query('UPDATE balances SET balance = 99');
    await views.destroy();
    const run = await cli(urls, 'rebuild', 'balances');
    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Rebuilt "balances" in .+s\.\n$/) as string,
    });
    expect(run.stderr).toMatch(/^balances +\[#+\] +100 % +2 of 2$/m);
    expect(await balances()).toEqual([{ balance: 5 }]);
  });

  it('is refused with a reason if no process can do it', async () => {
    const bank = await start();
    await bank.move('a', 5);
    expect(refusal(await cli(urls, 'rebuild', 'auditor'))).toEqual({
      code: 1,
      stdout: '',
      stderr: '"auditor" is a handler. Only the view of a projection can be rebuilt.',
    });
    expect(refusal(await cli(urls, 'rebuild', 'nobody'))).toMatchObject({
      code: 1,
      stderr: 'There is no handler "nobody".',
    });
    await stop(bank);
    expect(refusal(await cli(urls, 'rebuild', 'balances'))).toMatchObject({
      code: 1,
      stderr:
        'No running process has the projection "balances", and only the code of the projection can rebuild its view. ' +
        'Start the application and run this again.',
    });
  });

  it('fails with the reason of the process that rebuilds', async () => {
    const bank = await start();
    await bank.move('a', 5);
    await eventually('the view to be there', balances, (rows) => JSON.stringify(rows) === '[{"balance":5}]');
    const views = await new DataSource(databases.query).initialize();
    await views.query('CREATE VIEW poor AS SELECT * FROM balances');
    await views.destroy();
    const run = await cli(urls, 'rebuild', 'balances');
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(
      /^The view of "balances" was not rebuilt: cannot drop table .*balances because other objects depend on it$/m,
    );
  });
});

describe('durable-cqrs partition', () => {
  it('splits a handler while the application runs, and shows its partitions', async () => {
    const bank = await start();
    await bank.move('a', 5);
    await eventually('all to be done', statuses, (rows) => rows.every(({ lag }) => lag === 0));
    expect(await cli(urls, 'partition', 'balances', '3')).toEqual({
      code: 0,
      stdout: '"balances" has 3 partition(s) now, and had 1. Running processes take them within seconds.\n',
      stderr: '',
    });
    await bank.move('a', 7);
    await eventually('all to be done', statuses, (rows) =>
      rows.every(({ lag, state }) => lag === 0 && state === 'running'),
    );
    const { stdout } = await cli(urls, 'status');
    expect(stdout).toMatch(/^balances +projection +running +\d+ +0 /m);
    expect(stdout).toMatch(/^ {2}2 of 3 +partition +running +\d+ +0$/m);
    expect(JSON.stringify(await balances())).toBe('[{"balance":12}]');
    expect(await report('partition', 'balances', '3')).toEqual({
      ...{ handler: 'balances', partitions: 3, before: 3 },
    });
  });

  it('refuses what cannot be split', async () => {
    await start();
    expect(refusal(await cli(urls, 'partition', 'nobody', '2'))).toMatchObject({
      code: 1,
      stderr: 'There is no checkpoint of "nobody".',
    });
    expect(refusal(await cli(urls, 'partition', 'balances', 'two'))).toMatchObject({
      code: 2,
      stderr: '"two" is not a number of partitions.',
    });
  });
});

describe('durable-cqrs', () => {
  it('exits with 1 when it refuses', async () => {
    expect(refusal(await cli(urls, 'parked', 'nobody'))).toEqual({
      code: 1,
      stdout: '',
      stderr: 'There is no handler "nobody".',
    });
    expect(refusal(await cli(urls, 'retry', 'nobody', 'x'))).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Nothing with the id x is parked for "nobody". "parked nobody" lists what is.',
    });
  });

  it('exits with 3 when a database cannot be reached, and never shows a password', async () => {
    const lost = new URL(databases.command.url);
    lost.password = 's3cret%20word';
    const wrongPassword = { DATABASE_URL: lost.href };
    lost.port = '1';
    const wrongPort = { DATABASE_URL: lost.href };
    for (const environment of [wrongPassword, wrongPort]) {
      const run = await cli(environment, 'status');
      expect(run).toMatchObject({ code: 3, stdout: '' });
      expect(run.stderr).toMatch(/^Cannot connect to PostgreSQL at \S+: .+\.\n$/);
      expect(run.stderr).not.toMatch(/s3cret/);
    }
    const percent = `postgres://${lost.username}:100%@${lost.host}${lost.pathname}`;
    const run = await cli({ DATABASE_URL: percent }, 'status');
    expect(run).toMatchObject({ code: 3, stdout: '' });
    expect(run.stderr).toMatch(/^(?!.*100%)Cannot connect to PostgreSQL at \S+: .+\.\n$/);
    const malformed = await cli({ DATABASE_URL: 'mysql://root:s3cret@localhost/shop' }, 'status');
    expect(malformed).toMatchObject({ code: 2, stdout: '' });
    expect(malformed.stderr).toMatch(/^DATABASE_URL is not the URL of a PostgreSQL database/);
    expect(malformed.stderr).not.toMatch(/s3cret/);
  });

  it('takes the databases from options, then from the environment', async () => {
    const [command, query] = [databases.command.url, databases.query.url];
    const ok = { code: 0, stderr: '' };
    expect(await cli({}, 'status', '--command-url', command, '--query-url', query)).toMatchObject(ok);
    expect(await cli({ DATABASE_URL: 'x' }, 'status', '--url', command)).toMatchObject(ok);
    expect(await cli({ DATABASE_URL: command }, 'status')).toMatchObject(ok);
    const dataSource = await new DataSource(databases.command).initialize();
    await dataSource.query('ALTER SCHEMA public RENAME TO bank');
    await dataSource.destroy();
    expect(await cli({ DATABASE_URL: command, DATABASE_SCHEMA: 'bank' }, 'status')).toMatchObject(ok);
    expect(await cli({ DATABASE_URL: command }, 'status', '--schema', 'bank')).toMatchObject(ok);
    expect(await cli({ DATABASE_URL: command }, 'status')).toMatchObject({ code: 1 });
    expect(refusal(await cli({ COMMAND_DATABASE_URL: command }, 'status'))).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'COMMAND_DATABASE_URL is set and QUERY_DATABASE_URL is not. Set both, or DATABASE_URL for one database.',
    });
    expect(refusal(await cli({ DATABASE_URL: query }, 'status'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The databases lack tables that this command needs/) as string,
    });
  });

  it('shows its commands with --help', async () => {
    const { code, stdout } = await cli({}, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}status /m);
  });
});
