#!/usr/bin/env node
import { ProgressLine } from './progress.js';
import { runCli } from './run-cli.js';

const progress = new ProgressLine(process.stderr);

runCli(process.argv.slice(2), {
  environment: process.env,
  write: (text) => {
    progress.end();
    process.stdout.write(text);
  },
  writeError: (text) => {
    progress.end();
    process.stderr.write(text);
  },
  onProgress: progress.show,
}).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    progress.end();
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
