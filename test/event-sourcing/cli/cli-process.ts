import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

/** How a run of the command line has ended. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the built command line as a process of its own.
 * @param environment variables that it gets beside those that a process needs
 */
export async function cli(environment: NodeJS.ProcessEnv, ...parameters: string[]): Promise<CliRun> {
  const { PATH, HOME } = process.env;
  return new Promise((done) => {
    execFile(
      process.execPath,
      [resolve('dist/event-sourcing/cli/main.js'), ...parameters],
      { cwd: '/', env: { PATH, HOME, ...environment } },
      (error, stdout, stderr) => {
        done({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}
