import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LaunchedService } from '../lifecycle/launched-service.js';
import { ChaosPostgres } from './chaos-postgres.js';
import { checkHistory, type HistoryFigures } from './checks/check-history.js';
import { checkViews } from './checks/check-views.js';
import { launcher, Post } from './crew.js';
import { Saboteur } from './faults.js';
import { readRest, type Rest } from './history.js';
import { Ledger } from './ledger.js';
import { describeStep, drawPlan } from './plan.js';
import { SeededRandom } from './seeded-random.js';
import { buildWitness } from './service/build-witness.js';
import { Shoppers } from './shoppers.js';
import type { Violation } from './violation.js';
import { SKUS } from './wishes.js';

export interface ChaosOptions {
  readonly seed: number;
  /** About how long things go wrong. */
  readonly seconds: number;
  /** Takes one line of progress. */
  readonly say: (line: string) => void;
}

export interface ChaosReport {
  readonly violations: readonly Violation[];
  readonly figures: Readonly<Record<string, number>>;
  /** Logs of the services and of PostgreSQL; kept where there are violations. */
  readonly folder: string;
}

const SERVICES = 3;
const SHOPPERS = 12;
const IDLE_MS = 1_000;
/** Nothing may stand still for so long once nothing goes wrong any more: the last pause of what has failed is 51 s. */
const STANDSTILL_MS = 75_000;
const POLL_MS = 200;
/** Shoppers go on for a while after the last fault. */
const CALM_MS = 1_000;

/** Runs the service through all that a seed has in store for it, and looks at what is left. */
export async function runChaos({ seed, seconds, say }: ChaosOptions): Promise<ChaosReport> {
  const plan = drawPlan(new SeededRandom(seed), { seconds, services: SERVICES });
  say([`seed ${seed}, ${plan.length} faults:`, ...plan.map(describeStep)].join('\n'));
  const folder = await mkdtemp(join(tmpdir(), `cartwright-chaos-${seed}-`));
  await chmod(folder, 0o711); // PostgreSQL's own system user, where root runs this, has to pass
  const violations: Violation[] = [];
  const report = (violation: Violation): void => {
    violations.push(violation);
    say(`VIOLATION ${JSON.stringify(violation)}`);
  };
  await mkdir(join(folder, 'program'));
  const program = await buildWitness(join(folder, 'program'));
  const postgres = await ChaosPostgres.create(join(folder, 'data'), ['command', 'query', 'from_zero']);
  const posts: Post[] = [];
  try {
    const urls = { command: postgres.url('command'), query: postgres.url('query') };
    await makeJournal(postgres);
    const env = (queryUrl: string): NodeJS.ProcessEnv => ({
      COMMAND_DATABASE_URL: urls.command,
      QUERY_DATABASE_URL: queryUrl,
      CHAOS_JOURNAL_URL: urls.command,
      CART_ABANDON_AFTER: `${IDLE_MS}ms`,
    });
    const saboteur = new Saboteur(() => posts, postgres);
    for (let number = 0; number < SERVICES; number += 1) {
      const launch = launcher(program, env(urls.query));
      posts.push(new Post(number, launch, folder, () => saboteur.disturbedAt, report));
    }
    const [first] = await Promise.all(posts.map((post) => post.serving()));
    await first?.shop.stockAll(SKUS);
    const ledger = new Ledger();
    const shoppers = new Shoppers(SHOPPERS, seed, posts, ledger, report);
    await saboteur.carryOut(plan, (line) => {
      say(`${line} (${ledger.count('acknowledged')} acknowledged so far)`);
    });
    await sleep(CALM_MS);
    await Promise.all(posts.map((post) => post.awake()));
    await shoppers.end();
    say('nothing goes wrong any more; waiting for the rest');
    const rest = await restOf(urls.command, urls.query);
    if (!isNothing(rest)) report({ rule: 'whatever was begun comes to its end', evidence: rest });
    await Promise.all(posts.map((post) => post.end()));

    say('reading the history');
    const { violations: found, figures } = await checkHistory(urls.command, ledger, IDLE_MS);
    found.forEach(report);
    (await replay(launcher(program, env(postgres.url('from_zero'))), postgres)).forEach(report);
    return { violations, figures: figuresOf(ledger, posts, saboteur, figures), folder };
  } finally {
    await LaunchedService.killAll();
    await postgres.stop();
    await rm(join(folder, 'program'), { recursive: true });
    if (violations.length > 0) await keepEvidence(folder, seed, violations);
    else await rm(folder, { recursive: true, maxRetries: 10 });
  }
}

async function makeJournal(postgres: ChaosPostgres): Promise<void> {
  await postgres.query(
    `CREATE TABLE chaos_journal (seq bigint GENERATED ALWAYS AS IDENTITY, position bigint, stream text, version integer, pid integer)`,
    [],
    'command',
  );
}

function isNothing({ commands, parked, active, behind }: Rest): boolean {
  return commands + parked + active + behind.length === 0;
}

/** Waits until nothing is left to be done, as long as there is less and less of it. */
async function restOf(commandUrl: string, queryUrl: string): Promise<Rest> {
  let rest = await readRest(commandUrl, queryUrl);
  for (let changedAt = performance.now(); ;) {
    if (isNothing(rest) || performance.now() - changedAt > STANDSTILL_MS) return rest;
    await sleep(POLL_MS);
    const now = await readRest(commandUrl, queryUrl);
    if (JSON.stringify(now) !== JSON.stringify(rest)) changedAt = performance.now();
    rest = now;
  }
}

/** Has one more service build the views from the log, in a database of its own. */
async function replay(launch: () => LaunchedService, postgres: ChaosPostgres): Promise<Violation[]> {
  const service = await launch().ready();
  const rest = await restOf(postgres.url('command'), postgres.url('from_zero'));
  const ending = await service.stop();
  if (!isNothing(rest) || ending.code !== 0 || ending.stderr !== '') {
    return [{ rule: 'the log can be replayed', evidence: { rest, ending } }];
  }
  return checkViews(postgres.url('query'), postgres.url('from_zero'));
}

function figuresOf(
  ledger: Ledger,
  posts: readonly Post[],
  saboteur: Saboteur,
  history: HistoryFigures,
): Record<string, number> {
  return {
    requests: ledger.entries.size,
    acknowledged: ledger.count('acknowledged'),
    refused: ledger.count('refused'),
    unknown: ledger.count('unknown'),
    starts: posts.reduce((sum, { starts }) => sum + starts, 0),
    ...Object.fromEntries(saboteur.done),
    ...history,
  };
}

async function keepEvidence(folder: string, seed: number, violations: readonly Violation[]): Promise<void> {
  await writeFile(join(folder, 'violations.json'), JSON.stringify({ seed, violations }, undefined, 2));
}
