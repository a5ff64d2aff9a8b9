import { writeFileSync } from 'node:fs';

/** Ends a run with one plain line that any tool can read: how many tests passed, and how many did not. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    const file = process.env.TEST_SUMMARY;
    // `test/main.mjs` has more to say before the last line.
    if (file !== undefined) writeFileSync(file, line);
    else process.on('exit', () => process.stdout.write(`\n${line}\n`));
  }
}
