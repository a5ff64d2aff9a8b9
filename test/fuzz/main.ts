import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { jwtOf } from '../support/credentials.js';
import { ServiceProcess } from '../support/service-process.js';
import { provideSchemathesis, run } from './environment.js';
import { wholeNumber } from '../support/whole-number.js';

const A_MINUTE = 60;
/** Seeds of Hypothesis are any; these fit into the smallest integers. */
const SEEDS = 2 ** 31;
const STAFF = { sub: 'fuzzer', roles: ['admin', 'service'] };
const CUSTOMER = { sub: 'fuzzed customer' };

interface Line {
  readonly seed: number;
  /** Of several names of an option, the last one counts. */
  readonly maxTime: number;
}

const { seed, maxTime: seconds } = new Command('test:fuzz')
  .description('Sends requests to the service that its OpenAPI document allows, and such as it forbids.')
  .addOption(
    new Option('--seed <number>', 'makes the same requests again')
      .argParser(wholeNumber(1))
      .default(1 + (Date.now() % SEEDS), 'another each time'),
  )
  .addOption(
    new Option('--seconds, --max-time <number>', 'how long').argParser(wholeNumber(1)).default(A_MINUTE),
  )
  .parse()
  .opts<Line>();

const schemathesis = await provideSchemathesis();
const folder = await mkdtemp(join(tmpdir(), 'cartwright-fuzz-'));
try {
  // PostgreSQL's own system user, where root runs this, has to pass.
  await chmod(folder, 0o711);
  process.exitCode = await fuzz();
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

/** @returns the exit code: 0 when neither Schemathesis nor the log of the service has anything to report */
async function fuzz(): Promise<number> {
  const service = await ServiceProcess.start({ DATA_DIR: join(folder, 'data') });
  let failed = false;
  try {
    // It leaves caches where it runs.
    await run(schemathesis, parametersFor(service.origin), { env: environment(), cwd: folder });
  } catch (error) {
    failed = true;
    say(String(error));
  } finally {
    await service.stop();
  }
  for (const complaint of service.complaints) say(`the service complained: ${JSON.stringify(complaint)}`);
  say(`npm run test:fuzz -- --seconds ${seconds} --seed ${seed} makes these requests again`);
  return failed || service.complaints.length > 0 ? 1 : 0;
}

function parametersFor(origin: string): string[] {
  return [
    ...['--config-file', resolve('test/fuzz/schemathesis.toml')],
    ...['run', `${origin}/openapi.json`, '--no-color'],
    ...['--phases', 'examples,coverage,fuzzing,stateful', '--checks', 'all', '--mode', 'all'],
    ...['--max-time', String(seconds), '--seed', String(seed)],
  ];
}

function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    FUZZ_HOOKS: resolve('test/fuzz/hooks.py'),
    FUZZ_STAFF_TOKEN: jwtOf(STAFF),
    FUZZ_CUSTOMER_TOKEN: jwtOf(CUSTOMER),
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
