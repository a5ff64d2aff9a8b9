import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory, type HistoryFigures } from './checks/check-history.js';
import { checkTopics } from './checks/check-topics.js';
import { checkViews } from './checks/check-views.js';
import type { Post } from './crew.js';
import { Saboteur } from './faults.js';
import { Ledger } from './ledger.js';
import { describeStep, drawPlan, type Extras, type Step } from './plan.js';
import { isNothing, restOf } from './rest.js';
import { SeededRandom } from './seeded-random.js';
import { Shoppers } from './shoppers.js';
import { Stage } from './stage.js';
import type { Violation } from './violation.js';
import { SKUS } from './wishes.js';

export interface ChaosOptions extends Extras {
  readonly seed: number;
  /** About how long things go wrong. */
  readonly seconds: number;
  /** What goes wrong; by default it is drawn from the seed. */
  readonly plan?: readonly Step[];
  /** Takes one line of progress. */
  readonly say: (line: string) => void;
  /** Rejects when the run is to be cut short. */
  readonly cutShort?: Promise<never>;
}

export interface ChaosReport {
  readonly violations: readonly Violation[];
  readonly figures: Readonly<Record<string, number>>;
}

const SHOPPERS = 12;
const IDLE_MS = 1_000;
/** Shoppers go on for a while after the last fault. */
const CALM_MS = 1_000;

/**
 * Runs the service through all that a seed has in store for it, and looks at what is left.
 * @throws Error when it cannot be carried out to the end; the logs are kept then, as with any violation
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, say, cutShort, failover = false, replica = false, kafka = false } = options;
  const stage = await Stage.set({ seed, idleMs: IDLE_MS, failover, replica, kafka });
  let keepsLogs = true;
  try {
    const run = runOn(stage, options);
    const report = await (cutShort ? Promise.race([run, cutShort]) : run);
    keepsLogs = report.violations.length > 0;
    if (keepsLogs)
      await writeFile(join(stage.folder, 'violations.json'), JSON.stringify({ seed, ...report }));
    return report;
  } finally {
    if (keepsLogs) say(`logs: ${stage.folder}`);
    await stage.clear(keepsLogs);
  }
}

async function runOn(
  stage: Stage,
  { seed, seconds, plan, say, ...extras }: ChaosOptions,
): Promise<ChaosReport> {
  const violations: Violation[] = [];
  const report = (violation: Violation): void => {
    violations.push(violation);
    say(`VIOLATION ${JSON.stringify(violation)}`);
  };
  const services = Stage.services;
  const steps = plan ?? drawPlan(new SeededRandom(seed), { seconds, services, ...extras });
  say([`seed ${seed}, ${steps.length} faults:`, ...steps.map(describeStep)].join('\n'));
  const { posts, postgres } = stage;
  const ledger = new Ledger();
  const saboteur = new Saboteur(stage, ledger);
  await stage.man(() => saboteur.disturbedAt, report);
  await (await posts[0]?.serving())?.shop.stockAll(SKUS);
  const shoppers = new Shoppers(SHOPPERS, seed, posts, ledger, report);
  await saboteur.carryOut(steps, (line) => {
    say(`${line} (${ledger.count('acknowledged')} acknowledged so far)`);
  });
  await sleep(CALM_MS);
  await Promise.all(posts.map((post) => post.awake()));
  await shoppers.end();
  say('nothing goes wrong any more; waiting for the rest');
  const rest = await restOf(postgres.url('command'), postgres.url('query'));
  if (!isNothing(rest)) report({ rule: 'whatever was begun comes to its end', evidence: rest });
  await Promise.all(posts.map((post) => post.end()));
  say('reading the history');
  const { violations: found, figures } = await checkHistory(
    postgres.url('command'),
    stage.journalUrl,
    ledger,
    IDLE_MS,
  );
  const topics = stage.broker && (await checkTopics(postgres.url('command'), stage.broker.address));
  for (const violation of [...found, ...(topics?.violations ?? []), ...(await replay(stage))])
    report(violation);
  return {
    violations,
    figures: {
      ...figuresOf(ledger, posts, saboteur, figures),
      ...topics?.figures,
      repeated: shoppers.repeated,
    },
  };
}

/** Has one more service build the views from the log, in a database of its own. */
async function replay(stage: Stage): Promise<Violation[]> {
  const { postgres } = stage;
  const service = await stage.launch('from_zero').ready();
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
    ...Object.fromEntries(ledger.answers),
    ...Object.fromEntries(saboteur.done),
    ...Object.fromEntries(saboteur.failoverMs.map((ms, index) => [`failover ${index + 1} ms`, ms])),
    ...history,
  };
}
