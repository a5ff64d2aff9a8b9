import { Command, Option } from 'commander';
import { runChaos } from './chaos-run.js';
import { wholeNumber } from '../support/whole-number.js';

const TEN_MINUTES = 600;

interface Line {
  readonly seed: number;
  readonly seconds: number;
  readonly failover: boolean;
  readonly replica: boolean;
  readonly kafka: boolean;
}

const { seed, seconds, ...extras } = new Command('test:chaos')
  .description('Runs the service through crashes, pauses and lost connections, and checks what is left.')
  .addOption(
    new Option('--seed <number>', 'repeats a run')
      .env('CHAOS_SEED')
      .argParser(wholeNumber())
      .default(Date.now() % 2 ** 32, 'another each time'),
  )
  .addOption(
    new Option('--seconds <number>', 'how long things go wrong')
      .env('CHAOS_SECONDS')
      .argParser(wholeNumber())
      .default(TEN_MINUTES),
  )
  .option('--failover', 'gives PostgreSQL a synchronous standby, which takes over in each round', false)
  .option('--replica', 'gives the query database a read replica, which is killed and delayed', false)
  .option('--kafka', 'sends events to a Kafka broker, which is killed', false)
  .parse()
  .opts<Line>();

const say = (line: string): void => {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};
const cutShort = new Promise<never>((_, reject) => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      reject(new Error(`Cut short by ${name}.`));
    });
  }
});
const { violations, figures } = await runChaos({ seed, seconds, ...extras, say, cutShort });
const chosen = Object.entries(extras).flatMap(([name, isOn]) => (isOn ? [`--${name}`] : []));
const withExtras = chosen.length > 0 ? ` with ${chosen.join(' ')}` : '';
say(JSON.stringify(figures));
say(`${violations.length} violations; CHAOS_SEED=${seed} CHAOS_SECONDS=${seconds} repeats it${withExtras}`);
process.exit(violations.length > 0 ? 1 : 0);
