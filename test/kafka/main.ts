import { spawn } from 'node:child_process';
import { whyNoKafka } from '../support/kafka-jars.js';

const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--config',
  'jest.kafka.config.mjs',
  '--runInBand',
];
const ROUND = ['--import', '@swc-node/register/esm-register', 'test/kafka/crash/main.ts'];

/** Runs Node on a script with the output of this process. @returns whether it exited with 0 */
async function run(parameters: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, parameters, { stdio: 'inherit' });
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve(code === 0);
    });
  });
}

const reason = whyNoKafka();
if (reason !== undefined) {
  const isSkipped = process.env['CI'] === undefined;
  process.stdout.write(`Kafka: ${isSkipped ? 'skipped' : 'failed'}. ${reason}\n`);
  process.exit(isSkipped ? 0 : 1);
}
// The specs come first: if the client is broken, a round of crashes only shows it later. Its last line sums it up.
const areSpecsGreen = await run(JEST);
const isRoundGreen = await run([...ROUND, ...process.argv.slice(2)]);
if (!areSpecsGreen) process.stdout.write('Kafka: the specs have failed, see above.\n');
process.exitCode = areSpecsGreen && isRoundGreen ? 0 : 1;
