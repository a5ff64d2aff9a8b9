import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const REQUIREMENTS = resolve('test/fuzz/requirements.txt');
/** Written last, so that an installation that was cut short is not taken for a whole one. */
const MARK = 'complete';

/**
 * Makes a virtual environment of Python with Schemathesis in the user's cache, unless it is there already.
 * @returns the path of the program `schemathesis`
 * @throws Error when Python or its module venv is missing, or the packages cannot be installed
 */
export async function provideSchemathesis(): Promise<string> {
  const requirements = await readFile(REQUIREMENTS);
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const version = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const folder = join(cache, 'cartwright', `schemathesis-${version}`);
  const program = join(folder, 'bin', 'schemathesis');
  if (await isThere(join(folder, MARK))) return program;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run('python3', ['-m', 'venv', folder]).catch((cause: unknown) => {
    throw new Error('No virtual environment could be made. Install Python 3.10 or later and python3-venv.', {
      cause,
    });
  });
  await run(join(folder, 'bin', 'pip'), ['install', '--quiet', '--requirement', REQUIREMENTS]);
  await writeFile(join(folder, MARK), '');
  return program;
}

/**
 * Runs a program to its end. Its output goes where ours goes.
 * @param where what differs from our own environment and folder
 * @throws Error when it cannot be started, or ends with another code than 0
 */
export async function run(
  program: string,
  parameters: readonly string[],
  where: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<void> {
  const child = spawn(program, parameters, { ...where, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}.`);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
