import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const PACKAGE = 'src/event-sourcing';
/** What a developer leaves behind who has worked in a project. */
const LEFTOVERS = ['node_modules', 'dist', '.data'];
const MOST_OUTPUT = 16 * 2 ** 20;

/** How a program ended, and what it wrote. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** Runs a program to its end. Nothing of the surrounding npm or jest is passed on. */
export async function run(folder: string, program: string, ...parameters: string[]): Promise<Outcome> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|JEST_|NODE_)/.test(name));
  const options = { cwd: folder, env: Object.fromEntries(inherited), maxBuffer: MOST_OUTPUT };
  return new Promise((end) => {
    const child = execFile(program, parameters, options, (_, stdout, stderr) => {
      end({ code: child.exitCode ?? -1, output: `${stdout}${stderr}` });
    });
  });
}

/** As `run`, for a program that has to succeed. */
async function succeed(folder: string, program: string, ...parameters: string[]): Promise<string> {
  const { code, output } = await run(folder, program, ...parameters);
  if (code !== 0) throw new Error(`${program} ${parameters.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

/** A new folder that every user may pass, as PostgreSQL does not run as root. */
export async function passableFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'package-'));
  await chmod(folder, 0o711);
  return folder;
}

/** Builds the package and packs it. Resolves to the path of the tarball in `folder`. */
export async function pack(folder: string): Promise<string> {
  await succeed('.', 'npm', 'run', 'build:package');
  const listed = await succeed(PACKAGE, 'npm', 'pack', '--json', '--pack-destination', resolve(folder));
  const [, name = ''] = /"filename": "([^"]+)"/.exec(listed) ?? [];
  return join(folder, name);
}

/** Copies a project of `test/package` into `folder` and installs what its lock file lists, and the tarball. */
export async function install(project: string, tarball: string, folder: string): Promise<string> {
  const copy = join(folder, basename(project));
  await cp(join('test/package', project), copy, {
    recursive: true,
    filter: (path) => !LEFTOVERS.includes(basename(path)),
  });
  const quick = ['--prefer-offline', '--no-save', '--no-audit', '--no-fund'];
  await succeed(copy, 'npm', 'install', ...quick, tarball);
  return copy;
}
