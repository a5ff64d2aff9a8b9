import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { commandDataSource } from '../../src/database/command-data-source.js';
import { queryDataSource } from '../../src/database/query-data-source.js';
import { migrate } from '../../src/event-sourcing/index.js';
import { Checkpoints } from '../../src/event-sourcing/subscriptions/checkpoints.js';
import { BEGINNING } from '../../src/event-sourcing/subscriptions/held-checkpoint.js';
import { fillLog } from '../projection/fill-log.js';
import { USUAL_CARTS } from '../projection/shopping.js';
import type { BenchContext } from '../support/bench.js';
import { openLog } from '../support/event-log.js';
import { processCpu } from '../support/processor-time.js';
import { inRounds, ratios } from '../support/rounds.js';
import { table, withSpread } from '../support/table.js';

const EVENTS = 30_000;
/** Events that the waiting handler is measured with. */
const WAITED = 8_000;
const POLL_MS = 10;

interface Databases {
  readonly command: DataSource;
  readonly query: DataSource;
}

interface Split {
  readonly handler: 'carts' | 'waiting';
  readonly partitions: number;
  readonly processes: number;
}

interface Result {
  /** Events of carts a second. */
  readonly rate: number;
  /** Processor time of the processes and of PostgreSQL, in seconds. */
  readonly cpu: number;
}

const CONTESTANTS: Readonly<Record<string, Split>> = {
  'carts, 1 partition': { handler: 'carts', partitions: 1, processes: 1 },
  'carts, 4 partitions': { handler: 'carts', partitions: 4, processes: 1 },
  'waiting 1 ms, 1 partition': { handler: 'waiting', partitions: 1, processes: 1 },
  'waiting 1 ms, 4 partitions, 2 processes': { handler: 'waiting', partitions: 4, processes: 2 },
};

/** What it costs to split a handler by key, and what it gains. */
export async function partitionsBench(context: BenchContext): Promise<string> {
  const { server, rounds, say } = context;
  const [commandUrl, queryUrl] = [
    await server.createDatabase('partitions_log'),
    await server.createDatabase('partitions_views'),
  ];
  await migrate(commandDataSource(commandUrl));
  await migrate(queryDataSource(queryUrl));
  const log = openLog(commandUrl);
  say(`filling a log with ${EVENTS} cart events`);
  const filling = await fillLog(log, EVENTS, USUAL_CARTS);
  await log.query('VACUUM (ANALYZE, FREEZE) event_log', []);
  await log.close();
  const databases = {
    command: await new DataSource(commandDataSource(commandUrl)).initialize(),
    query: await new DataSource(queryDataSource(queryUrl)).initialize(),
  };
  const contestants = Object.entries(CONTESTANTS).map(([name, split]) => ({
    name,
    measure: async () => {
      const result = await measure(context, databases, split);
      say(`${name}: ${result.rate.toFixed(0)} events/s, ${result.cpu.toFixed(2)} s of processor time`);
      return result;
    },
  }));
  const results = await inRounds(contestants, rounds, say);
  await Promise.all([databases.command.destroy(), databases.query.destroy()]);
  const rows = contestants.map(({ name }) => {
    const all = results.get(name) ?? [];
    const other = name.replace(/,.*/, ', 1 partition');
    return [
      name,
      withSpread(all.map(({ rate }) => rate)),
      withSpread(
        ratios(results, name, other, ({ rate }) => rate),
        2,
      ),
      withSpread(
        ratios(results, name, other, ({ cpu }) => cpu),
        2,
      ),
    ];
  });
  const headings = ['handler', 'events/s (min-max)', 'events/s : 1 partition', 'CPU : 1 partition'];
  return `A log of ${filling.cartEvents} events of ${filling.carts} carts\n\n${table(headings, rows)}`;
}

async function measure(context: BenchContext, databases: Databases, split: Split): Promise<Result> {
  const { server } = context;
  const home = split.handler === 'carts' ? databases.query : databases.command;
  const until = await prepare(databases, home, split);
  await server.checkpoint();
  const urls = { COMMAND_URL: urlOf(databases.command), QUERY_URL: urlOf(databases.query) };
  const children = await Promise.all(
    Array.from({ length: split.processes }, () => start(context, { ...urls, HANDLER: split.handler })),
  );
  const cpu = async (): Promise<number> => {
    const all = await Promise.all(children.map(({ pid }) => processCpu(pid ?? 0)));
    return all.reduce((sum: number, one) => sum + (one ?? NaN), (await server.cpuSeconds()) ?? NaN);
  };
  const before = await cpu();
  for (const child of children) child.send('go');
  await spread(home, split);
  const first = await reached(home, 1);
  const last = await reached(home, until);
  const used = (await cpu()) - before;
  await Promise.all(children.map(end));
  return { rate: (last.position - first.position) / ((last.at - first.at) / 1_000), cpu: used };
}

/** Makes the checkpoints of a handler that has handled nothing. @returns the position that it has to reach */
async function prepare({ command, query }: Databases, home: DataSource, split: Split): Promise<number> {
  await query.query('TRUNCATE carts, cart_items, checkpoint, lease_member');
  await command.query('TRUNCATE checkpoint, lease_member');
  const [log]: [{ id: string; head: number }] = await command.query(
    'SELECT id, (SELECT max(position) FROM event_log)::float8 AS head FROM event_log_identity',
  );
  const isView = split.handler === 'carts';
  const owner = {
    name: split.handler,
    kind: isView ? 'projection' : 'handler',
    partitions: split.partitions,
  } as const;
  await new Checkpoints(home).create([owner], log.id, BEGINNING);
  return isView ? log.head : Math.min(log.head, WAITED);
}

/** Resolves when the processes share the partitions evenly: a process that is alone for a moment takes them all. */
async function spread(home: DataSource, { partitions, processes }: Split): Promise<void> {
  for (;;) {
    const rows: { held: number }[] = await home.query(
      'SELECT count(*)::int AS held FROM checkpoint WHERE is_leased(member, leased_until) GROUP BY member',
    );
    if (rows.length === processes && rows.every(({ held }) => held === partitions / processes)) return;
    await pause(POLL_MS);
  }
}

/** Resolves when the last partition has reached a position. */
async function reached(home: DataSource, position: number): Promise<{ position: number; at: number }> {
  for (;;) {
    const [row]: { position: number }[] = await home.query(
      'SELECT min(position)::float8 AS position FROM checkpoint WHERE partitions = 1',
    );
    if ((row?.position ?? 0) >= position) return { position: row?.position ?? 0, at: performance.now() };
    await pause(POLL_MS);
  }
}

async function start({ signal }: BenchContext, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = fork('bench/partitions/partition-process.ts', {
    execArgv: ['--import', '@swc-node/register/esm-register'],
    env: { ...process.env, ...env },
  });
  signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  await once(child, 'message');
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

function urlOf({ options }: DataSource): string {
  return (options as { readonly url?: string }).url ?? '';
}
