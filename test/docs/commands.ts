import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The shell commands that a document shows, block by block.
 * @returns the text of each `sh` block; blocks marked `sh skip` are left out
 */
export function commandsOf(document: string): string[] {
  const text = readFileSync(document, 'utf8');
  return [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block);
}

/**
 * Runs commands in one shell, as a reader would who pastes them one after the other.
 * @param env variables on top of this process's own
 * @returns all that they print
 * @throws Error with what they printed when one of them fails
 */
export async function runInShell(commands: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const script = ['set -euo pipefail', ...commands].join('\n');
  const { stdout } = await run('bash', ['-c', script], { env: { ...process.env, ...env }, timeout: 60_000 });
  return stdout;
}
