import { randomUUID } from 'node:crypto';
import { commandDataSource } from '../../src/database/command-data-source.js';
import { migrate, type EventLog, type EventStore } from '../../src/event-sourcing/index.js';
import type { BenchContext } from '../support/bench.js';
import { countingCpu, perCall } from '../support/cpu.js';
import { closedLoop } from '../support/measure.js';
import type { BenchPostgres } from '../support/postgres.js';
import { inRounds, ratios, type Contestant, type Results } from '../support/rounds.js';
import { table, withSpread } from '../support/table.js';
import {
  coldStore,
  fillStream,
  ledger,
  MoneyMoved,
  openLedgerLog,
  plainLedger,
  type LedgerDecider,
} from './ledger.js';

const LONG = 100_000;
const SHORT = 10;
const APPENDS = 1_000;
/** Processor time is counted in ticks of 10 ms, so one load would be too short. */
const LOADS = 50;
/** Events after the newest snapshot: half of those between two snapshots. */
const TAIL = 250;
const WARM_UPS = 3;

/** Figures of one call: milliseconds, and microseconds of processor time. */
interface Figures {
  readonly ms: number;
  readonly node: number;
  readonly postgres: number;
}

const LOAD_LONG = `load ${LONG} events, with snapshots`;
const LOAD_PLAIN = `load ${LONG} events, without`;
const LOAD_SHORT = `load ${SHORT} events, with snapshots`;
const APPEND_LONG = `an append after ${LONG} events`;
const APPEND_SHORT = `an append after ${SHORT} events`;

/** What a stream of 100,000 events costs: to load it when nothing is in memory, and the first 1,000 appends to it. */
export async function longStreamsBench({ server, rounds, say }: BenchContext): Promise<string> {
  const url = await server.createDatabase('long_streams');
  await migrate(commandDataSource(url));
  const log = openLedgerLog(url);
  try {
    const long = await streamOf(url, log, LONG, TAIL);
    say(`a stream of ${LONG} events is there`);
    const contestants = [
      load(server, LOAD_LONG, log, ledger, LOADS, () => Promise.resolve(long)),
      load(server, LOAD_PLAIN, log, plainLedger, 1, () => Promise.resolve(long)),
      load(server, LOAD_SHORT, log, ledger, LOADS, () => streamOf(url, log, SHORT)),
      appends(server, APPEND_LONG, log, () => streamOf(url, log, LONG, TAIL)),
      appends(server, APPEND_SHORT, log, () => streamOf(url, log, SHORT)),
    ];
    say('warming up');
    await inRounds(contestants, WARM_UPS, () => undefined);
    return report(await inRounds(contestants, rounds, say));
  } finally {
    await log.close();
  }
}

/** A new stream; with `tail`, its snapshot is behind it by so many events. @returns its id */
async function streamOf(url: string, log: EventLog, events: number, tail = 0): Promise<string> {
  const id = randomUUID();
  await fillStream(url, id, events - tail);
  const { store, snapshots } = coldStore(log);
  await store.load(ledger, id);
  await snapshots.done();
  for (let left = tail; left > 0; left -= 1) await move(store, id);
  return id;
}

function move(store: EventStore, id: string): Promise<number> {
  return store.transact((tx) => {
    tx.load(ledger, id);
    return tx.append(ledger, id, [new MoneyMoved({ amount: 1, note: 'Invoice, paid by transfer' })]).version;
  });
}

function load(
  server: BenchPostgres,
  name: string,
  log: EventLog,
  decider: LedgerDecider,
  loads: number,
  prepare: () => Promise<string>,
): Contestant<Figures> {
  return {
    name,
    measure: async () => {
      const id = await prepare();
      return figuresOf(server, loads, async () => {
        for (let left = loads; left > 0; left -= 1) await coldStore(log).store.load(decider, id);
      });
    },
  };
}

/** The first load is part of it, and so are the snapshots. */
function appends(
  server: BenchPostgres,
  name: string,
  log: EventLog,
  prepare: () => Promise<string>,
): Contestant<Figures> {
  return {
    name,
    measure: async () => {
      const id = await prepare();
      const { store, snapshots } = coldStore(log);
      return figuresOf(server, APPENDS, async () => {
        await closedLoop([() => move(store, id)], { durationMs: Infinity, most: APPENDS });
        await snapshots.done();
      });
    },
  };
}

async function figuresOf(server: BenchPostgres, calls: number, work: () => Promise<void>): Promise<Figures> {
  await server.checkpoint();
  const begunAt = performance.now();
  const [ms, cpu] = await countingCpu(server, async () => {
    await work();
    return (performance.now() - begunAt) / calls;
  });
  return { ms, ...perCall(cpu, calls) };
}

function report(results: Results<Figures>): string {
  const rows = [...results].map(([name, figures]) => [
    name,
    withSpread(
      figures.map(({ ms }) => ms),
      2,
    ),
    withSpread(figures.map(({ node }) => node)),
    withSpread(figures.map(({ postgres }) => postgres)),
  ]);
  const ratio = (valueOf: (figures: Figures) => number): string =>
    withSpread(ratios(results, APPEND_LONG, APPEND_SHORT, valueOf), 2);
  return [
    table(['', 'ms each', 'CPU of Node, µs', 'CPU of PostgreSQL, µs'], rows),
    '',
    `appends to the long stream beside those to the short one: time ${ratio(({ ms }) => ms)}, ` +
      `CPU ${ratio(({ node, postgres }) => node + postgres)}`,
  ].join('\n');
}
