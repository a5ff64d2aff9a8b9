import { CommanderError } from 'commander';
import { CartwrightClient } from './client.js';
import { type CommandLine, parseCommandLine } from './command-line.js';
import { ReplayError } from './errors.js';
import { progressOn } from './progress.js';
import { readTrace } from './read-trace.js';
import { replay } from './replay.js';
import { exitCode, report } from './report.js';
import { findService } from './service.js';

/** The report goes to standard output, everything else to standard error. */
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** @returns the exit code */
async function run(line: CommandLine, signal: AbortSignal): Promise<number> {
  const { concurrency } = line;
  const trace = await readTrace(line.file, line);
  const service = await findService(line, say, signal);
  try {
    const { origin, adminToken } = service;
    const client = new CartwrightClient({ origin, connections: concurrency, adminToken });
    const summary = await replay(trace, client, {
      concurrency,
      progress: progressOn(process.stderr),
      signal,
    });
    await client.close();
    process.stdout.write(`${report(summary)}\n`);
    return exitCode(summary);
  } finally {
    await service.stop();
  }
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    interruption.abort();
  });
}

try {
  process.exitCode = await run(parseCommandLine(process.argv), interruption.signal);
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander's own code for bad usage is 1, which here means that the service is wrong.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof ReplayError) {
    say(`error: ${error.message}`);
    process.exitCode = error.exitCode;
  } else {
    throw error;
  }
}
