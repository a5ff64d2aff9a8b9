import { execFile } from 'node:child_process';
import { reasonOf } from './embedded-postgres.errors.js';

/** The operating-system user that a program runs as. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** How a program ended. `reason` is undefined for exit code 0, else its error message, or why it could not run. */
export interface ProgramResult {
  readonly output: string;
  readonly reason: string | undefined;
}

/**
 * Runs a program to its end; undefined for `user` means as we are. Never throws: a program that cannot run is a
 * result.
 */
export async function runProgram(
  file: string,
  parameters: readonly string[],
  user?: SystemUser,
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    try {
      execFile(file, parameters, surroundings(user), (error, output, complaints) => {
        const lines = complaints.split('\n').filter((line) => line.trim() !== '');
        const telling = lines.find((line) => /error|fatal|panic/i.test(line)) ?? lines.at(-1);
        const reason = error === null ? undefined : (telling ?? reasonOf(error));
        resolve({ output, reason });
      });
    } catch (error) {
      // Some failures to start, such as EPERM for another user, are thrown instead of passed to the callback.
      resolve({ output: '', reason: reasonOf(error) });
    }
  });
}

/**
 * What a program of ours inherits: a folder that every user may be in, and an environment without our secrets and
 * without the `PG…` variables that would redirect PostgreSQL's programs. Their messages come in English.
 */
export function surroundings(user?: SystemUser): {
  cwd: string;
  env: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
} {
  const inherited = ['PATH', 'TMPDIR', 'TEMP', 'SystemRoot'].map(
    (name) => [name, process.env[name]] as const,
  );
  const env = Object.fromEntries(inherited.filter(([, value]) => value !== undefined));
  const identity = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  return { cwd: '/', env: { ...env, LC_ALL: 'C' }, ...identity };
}
