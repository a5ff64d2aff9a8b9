/**
 * `npm test`: builds the service, then runs all tests, and the checks of the sources beside them. `--fast` runs the subset for
 * the working loop. Other arguments go to jest. One line tells each phase's begin and end.
 */
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { rm } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';

const NODE = process.execPath;
const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];
const ESLINT = 'node_modules/eslint/bin/eslint.js';
const PRETTIER = 'node_modules/prettier/bin/prettier.cjs';
const TSC = 'node_modules/typescript/bin/tsc';

const TYPES = ['types', [TSC, '--noEmit']];
const TYPES_ALONE = ['types of src/event-sourcing alone', [TSC, '--noEmit', '-p', 'src/event-sourcing']];
/** Each inner list runs one after the other, the lists at the same time. */
const CHECKS = [
  [['lint', [ESLINT, '.']]],
  [TYPES, TYPES_ALONE, ['format', [PRETTIER, '--check', '--cache', '--cache-strategy=content', '.']]],
];
const FAST_CHECKS = [[TYPES]];
/** All specs that need no PostgreSQL, and one path through the built service. */
const FAST_TESTS = ['\\.spec\\.ts$', 'test/cart/add-item.e2e-spec.ts'];

const parameters = process.argv.slice(2).filter((parameter) => parameter !== '--fast');
const isFast = process.argv.includes('--fast');
const summary = join(tmpdir(), `cartwright-summary-${process.pid}`);
const running = new Set();
let isInterrupted = false;

/** Runs Node on a script. What it says is shown at once, or where it runs beside others, when it fails. */
async function run([name, script], { isShown = false, env = {} } = {}) {
  if (isInterrupted) return false;
  const startedAt = performance.now();
  console.log(`== ${name}`);
  const child = spawn(NODE, script, {
    stdio: isShown ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  running.add(child);
  // The checks take what the tests leave of the processor, so that no test waits for them.
  if (!isShown && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  let said = '';
  for (const output of [child.stdout, child.stderr]) output?.on('data', (text) => (said += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  running.delete(child);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  const verdict = code === 0 ? 'passed' : 'FAILED';
  console.log(`${code === 0 ? '' : said}== ${name}: ${verdict} after ${seconds} s`);
  return code === 0;
}

async function inTurn(checks) {
  const results = [];
  for (const check of checks) results.push(await run(check));
  return results;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  // jest stops its PostgreSQL then. A terminal has signalled it already; a second signal changes nothing.
  process.on(signal, () => {
    isInterrupted = true;
    for (const child of running) child.kill(signal);
  });
}

/** @returns the number of phases that failed */
async function main() {
  if (!(await run(['build', ['node_modules/@nestjs/cli/bin/nest.js', 'build']]))) return 1;
  const tests = isFast && parameters.length === 0 ? FAST_TESTS : parameters;
  const phases = await Promise.all([
    run(['tests', [...JEST, ...tests]], { isShown: true, env: { TEST_SUMMARY: summary } }),
    ...(isFast ? FAST_CHECKS : CHECKS).map(inTurn),
  ]);
  return phases.flat().filter((isPassed) => !isPassed).length;
}

/** The last line: what the tests came to. Each other phase that failed counts as one failure. */
function lastLine(tests, failedPhases) {
  const [, passed, failed, rest] = /^(\d+) passed, (\d+) failed(.*)$/.exec(tests) ?? [];
  if (passed === undefined) return tests;
  // The tests themselves are one of the failed phases where some of them failed.
  const others = failed === '0' ? failedPhases : failedPhases - 1;
  return `${passed} passed, ${Number(failed) + others} failed${rest}`;
}

await rm(summary, { force: true });
const failedPhases = await main();
if (existsSync(summary)) console.log(`\n${lastLine(readFileSync(summary, 'utf8').trim(), failedPhases)}`);
await rm(summary, { force: true });
process.exitCode = failedPhases === 0 ? 0 : 1;
