import 'reflect-metadata';
import { Command, CommanderError, InvalidArgumentError, type CommandOptions } from 'commander';
import { appendBench } from './append/append.bench.js';
import { compareBench } from './compare/compare.bench.js';
import { httpBench } from './http/http.bench.js';
import { longStreamsBench } from './long-streams/long-streams.bench.js';
import { parkingBench } from './parking/parking.bench.js';
import { partitionsBench } from './partitions/partitions.bench.js';
import { projectionBench } from './projection/projection.bench.js';
import { SCENARIOS, scenarioNamed } from './scenarios/scenarios.js';
import type { Bench } from './support/bench.js';
import { suiteBench, type SuiteOptions } from './suite/suite.bench.js';
import { Cleanup } from './support/cleanup.js';
import { load, machineLine } from './support/machine.js';
import { startPostgres, usePostgres } from './support/postgres.js';
import { takeOverBench } from './take-over/take-over.bench.js';
import { timersBench } from './timers/timers.bench.js';

const INTERRUPTED = 130;

interface BenchOptions {
  readonly rounds: number;
  /** Seconds. */
  readonly duration?: number;
  readonly url?: string;
  readonly profile?: string;
}

/** The table goes to standard output, everything else to standard error, with the seconds since the start. */
const say = (line: string): void => {
  process.stderr.write(`${(performance.now() / 1_000).toFixed(0).padStart(4)} s  ${line}\n`);
};

async function run(bench: Bench, options: BenchOptions): Promise<void> {
  const cutShort = new Promise<never>((_, reject) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      // A second signal changes nothing: what was started is being stopped.
      process.on(name, () => {
        process.exitCode = INTERRUPTED;
        reject(new Error('interrupted'));
      });
    }
    // An error that nobody awaits, such as that of a lost connection. What was started is stopped all the same;
    // failures while that is done follow from it.
    process.on('uncaughtException', reject);
  });
  const end = new AbortController();
  const cleanup = new Cleanup();
  try {
    process.stdout.write(await Promise.race([report(bench, options, end.signal, cleanup), cutShort]));
  } finally {
    end.abort();
    for (const error of await cleanup.run()) say(`While cleaning up: ${String(error)}`);
  }
}

async function report(
  bench: Bench,
  { rounds, duration = 0, url, profile }: BenchOptions,
  signal: AbortSignal,
  cleanup: Cleanup,
): Promise<string> {
  const server = url === undefined ? await startPostgres(cleanup, say) : usePostgres(cleanup, url);
  const machine = await machineLine(server);
  const durationMs = duration * 1000;
  const figures = await bench({ server, rounds, durationMs, profile, signal, cleanup, say });
  const how = `${rounds} rounds${duration > 0 ? ` of ${duration} s` : ''}: median (min-max)`;
  return `\n${machine}\n${how}\n\n${figures}\n\nload at the end: ${load()}\n`;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value))
    throw new InvalidArgumentError('It has to be a positive number.');
  return value;
}

function count(text: string): number {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It has to be a whole number.');
  return value;
}

const program = new Command('bench').description('Measures the service beside its peers.').exitOverride();

/** @param bench undefined where the caller adds the action, since the bench has options of its own */
function add(
  name: string,
  description: string,
  bench: Bench | undefined,
  rounds: number,
  options: CommandOptions = {},
): Command {
  const command = program
    .command(name, options)
    .description(description)
    .option('--rounds <n>', 'how often each thing is measured', count, rounds)
    .option('--url <postgres>', 'a server to make databases on (default: one of its own, embedded)');
  return bench === undefined ? command : command.action((options: BenchOptions) => run(bench, options));
}

add('all', 'everything beside the peers, written to bench/RESULTS.md (the default)', undefined, 5, {
  isDefault: true,
})
  .argument(
    '[part...]',
    'what to run: log, lag, fan-out, catch-up, memory, adds, reads, changes (default: all)',
  )
  .option('--full', 'the long table: a million events and commands', false)
  .option('--scale <factor>', 'of all amounts', positive, 1)
  .option('--beside <checkout>', 'folder of another checkout, built, to compare the catch-up with')
  .action((parts: string[], options: BenchOptions & Omit<SuiteOptions, 'parts'>) =>
    run((context) => suiteBench(context, { ...options, parts }), options),
  );

const DURATION = ['--duration <seconds>', 'how long each time'] as const;

add('append', 'how fast events are stored', appendBench, 9).option(...DURATION, positive, 0.35);
/** Options of the benches that run scenarios. */
interface ScenarioOptions extends BenchOptions {
  readonly warmUp: number;
  readonly scale: number;
  /** Seconds. */
  readonly longest: number;
  readonly processes: number;
}

function withScenarioOptions(command: Command): Command {
  return command
    .option('--warm-up <n>', 'calls of each scenario before the first measurement', count, 4_000)
    .option('--scale <factor>', 'of the calls in each measurement', positive, 1)
    .option('--longest <seconds>', 'after which a measurement ends with fewer calls', positive, 15)
    .option('--profile <folder>', 'where to leave a CPU profile of the service')
    .addHelpText('after', `\nScenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}.`);
}

const chosen = (names: readonly string[]) => (names.length === 0 ? SCENARIOS : names.map(scenarioNamed));

withScenarioOptions(add('http', 'the service over HTTP, without its peers', undefined, 5))
  .argument('[scenario...]', 'what to measure (default: all)')
  .action((names: string[], options: ScenarioOptions) =>
    run((context) => httpBench(context, chosen(names), options), options),
  );
withScenarioOptions(add('compare', 'this checkout beside another one, in turn', undefined, 5))
  .argument('<checkout>', 'folder of the other checkout, built')
  .argument('[scenario...]', 'what to measure (default: all)')
  .option('--processes <n>', '2: write at one process, send the load to another', count, 1)
  .action((other: string, names: string[], options: ScenarioOptions) =>
    run((context) => compareBench(context, { ...options, other, scenarios: chosen(names) }), options),
  );
add('projection', 'how fast the views of carts are built from a full log', undefined, 3)
  .option('--beside <checkout>', 'folder of another checkout, built, to compare with')
  .option('--events <n>', 'in each log', count, 200_000)
  .action((options: BenchOptions & { beside?: string; events: number }) =>
    run((context) => projectionBench(context, options), options),
  );
add('parking', 'what a handler that always throws costs another one', parkingBench, 9);
add('partitions', 'what it costs to split a handler by key, and what it gains', partitionsBench, 3);
add('long-streams', 'loading a stream of 100,000 events, and appending to it', longStreamsBench, 5);
add('timers', 'how long 10,000 timers take that are due at once', timersBench, 5);
add(
  'take-over',
  'how long what a process held waits for another when it dies or is cut off',
  takeOverBench,
  15,
);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    // Where it was interrupted says nothing.
    const told = error instanceof Error && process.exitCode !== INTERRUPTED ? error.stack : undefined;
    say(told ?? String(error));
    process.exitCode ??= 1;
  }
}
// An interrupted bench may still be in the middle of something.
process.exit();
