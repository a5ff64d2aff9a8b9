import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { runChaos } from '../chaos/chaos-run.js';
import { drawFailovers } from '../chaos/plan.js';
import { SeededRandom } from '../chaos/seeded-random.js';
import { readFromReplicas } from '../replicas/read-from-replicas.js';
import { backUpAndRestore } from './backup-restore.js';
import type { Findings } from './check.js';
import { loseEventsWhenIdle } from './idle-loss.js';
import { loseEvents } from './lost-events.js';
import { refusePoolers } from './poolers.js';
import { runTwoPrimaries } from './two-primaries.js';
import { endWaitingCommits } from './unreplicated.js';
import { wholeNumber } from '../support/whole-number.js';

const ROUNDS = 5;

interface Line {
  readonly rounds: number;
  readonly seed: number;
  readonly only?: string;
}

const { rounds, seed, only } = new Command('test:failover')
  .description(
    'Kills primaries under load, with synchronous and asynchronous standbys, and checks what is left.',
  )
  .addOption(
    new Option('--rounds <number>', 'failovers to a synchronous standby')
      .argParser(wholeNumber())
      .default(ROUNDS),
  )
  .addOption(
    new Option('--seed <number>', 'repeats the requests of a run')
      .argParser(wholeNumber())
      .default(Date.now() % 2 ** 32, 'another each time'),
  )
  .option('--only <scenario>', 'runs one scenario')
  .parse()
  .opts<Line>();

const say = (line: string): void => {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};

const SCENARIOS: Readonly<Record<string, (folder: string) => Promise<Findings>>> = {
  poolers: refusePoolers,
  'waiting commits': endWaitingCommits,
  'two primaries': runTwoPrimaries,
  'lost events': loseEvents,
  'lost events when idle': loseEventsWhenIdle,
  'backup and restore': backUpAndRestore,
  'read replicas': readFromReplicas,
  'synchronous failovers': () =>
    runChaos({ seed, seconds: 0, failover: true, plan: drawFailovers(new SeededRandom(seed), rounds), say }),
};

/** In a folder of its own, which stays if something is wrong. */
async function play(scenario: (folder: string) => Promise<Findings>): Promise<Findings> {
  const folder = await mkdtemp(join(tmpdir(), 'cartwright-failover-'));
  await chmod(folder, 0o711); // PostgreSQL's own system user, where root runs this, has to pass
  const findings = await scenario(folder).catch((error: unknown) => {
    say(`logs: ${folder}`);
    throw error;
  });
  if (findings.violations.length > 0) say(`logs: ${folder}`);
  else await rm(folder, { recursive: true, maxRetries: 10 });
  return findings;
}

let violations = 0;
const begunAt = performance.now();
const chosen = Object.entries(SCENARIOS).filter(([name]) => only === undefined || name === only);
if (chosen.length === 0)
  throw new Error(`There is no scenario "${only ?? ''}": ${Object.keys(SCENARIOS).join(', ')}.`);
for (const [name, scenario] of chosen) {
  say(name);
  const findings = await play(scenario);
  for (const violation of findings.violations) say(`VIOLATION ${JSON.stringify(violation)}`);
  say(`${name}: ${JSON.stringify(findings.figures)}`);
  violations += findings.violations.length;
}
const seconds = Math.round((performance.now() - begunAt) / 1_000);
say(
  `${chosen.length} scenarios, ${rounds} synchronous failovers, in ${seconds} s: ${violations} violations (--seed ${seed})`,
);
process.exit(violations > 0 ? 1 : 0);
