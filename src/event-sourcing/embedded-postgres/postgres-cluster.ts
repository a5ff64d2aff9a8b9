import { randomBytes } from 'node:crypto';
import { chown, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeWorkshop, removeLeftWorkshops, syncFolder, writeDurably } from './data-dir.js';
import { EmbeddedPostgresError, hasCode, reasonOf } from './embedded-postgres.errors.js';
import { POSTGRES_VERSION, assertRuns } from './postgres-binaries.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { runProgram } from './run-program.js';
import { passwordFile, readSuperuser, SUPERUSER, type Superuser } from './superuser.js';
import type { SystemUser } from './run-program.js';

/**
 * Makes the cluster at the first start, and checks it at later ones. A kill in the middle leaves nothing half-made: the
 * cluster is built in a folder beside it, which the next start removes, and appears by one rename.
 * @returns the superuser
 * @throws EmbeddedPostgresError when it cannot be made or read, or comes from another version of PostgreSQL
 */
export async function prepareCluster(
  cluster: string,
  binaries: PostgresBinaries,
  user: SystemUser | undefined,
  log: (line: string) => void,
): Promise<Superuser> {
  await removeLeftWorkshops(dirname(cluster), log);
  if ((await readVersion(cluster)) === undefined) await makeCluster(cluster, binaries, user, log);
  const version = await readVersion(cluster);
  if (version !== POSTGRES_VERSION) {
    throw new EmbeddedPostgresError(
      `${cluster} was made by PostgreSQL ${version ?? 'unknown'}, but the installed one is ${POSTGRES_VERSION}: ` +
        'install the npm package of that version, or set dataDir to another folder',
    );
  }
  const superuser = await findSuperuser(cluster);
  if (superuser !== undefined) return superuser;
  throw new EmbeddedPostgresError(
    `${cluster} has no file "*.password" with the password of the embedded PostgreSQL: put it back from a backup, ` +
      'or set dataDir to another folder',
  );
}

/**
 * Reads name and password of the superuser.
 * @returns `undefined` where there is no cluster
 * @throws EmbeddedPostgresError when they cannot be read
 */
export async function findSuperuser(cluster: string): Promise<Superuser | undefined> {
  try {
    return await readSuperuser(cluster);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The password of the embedded PostgreSQL cannot be read (${reasonOf(error)}): ` +
        `run this as the user that runs PostgreSQL`,
    );
  }
}

async function makeCluster(
  cluster: string,
  binaries: PostgresBinaries,
  user: SystemUser | undefined,
  log: (line: string) => void,
): Promise<void> {
  log(`making a new PostgreSQL cluster in ${cluster}`);
  await assertRuns(binaries.initdb, user);
  await assertRuns(binaries.postgres, user);
  const dataDir = dirname(cluster);
  let workshop: string | undefined;
  try {
    workshop = await makeWorkshop(dataDir);
    const password = join(workshop, 'password');
    await writeDurably(password, randomBytes(24).toString('base64url'));
    if (user !== undefined) {
      await chown(password, user.uid, user.gid);
      await chown(workshop, user.uid, user.gid);
    }
    const made = join(workshop, 'cluster');
    await initialise(binaries, made, password, user);
    await rename(password, join(made, passwordFile(SUPERUSER)));
    await syncFolder(made);
    await putInPlace(made, cluster, log);
    await syncFolder(dataDir);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(
      `A PostgreSQL cluster cannot be made in dataDir ${dataDir} (${reasonOf(error)}): set it to a writable folder`,
    );
  } finally {
    if (workshop !== undefined) await rm(workshop, { recursive: true, force: true });
  }
}

async function initialise(
  binaries: PostgresBinaries,
  folder: string,
  password: string,
  user: SystemUser | undefined,
): Promise<void> {
  // The builtin provider sorts by code point and knows the letters of UTF-8 without a locale of the machine.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = [`--username=${SUPERUSER}`, '--auth=scram-sha-256', `--pwfile=${password}`];
  const parameters = ['-D', folder, ...locale, ...access, '--no-instructions'];
  const { reason } = await runProgram(binaries.initdb, parameters, user);
  if (reason === undefined) return;
  throw new EmbeddedPostgresError(
    `PostgreSQL's initdb failed (${reason}): mend what it says, install its npm package again if files ` +
      'are missing, or set dataDir to another folder',
  );
}

async function putInPlace(made: string, cluster: string, log: (line: string) => void): Promise<void> {
  try {
    await rename(made, cluster);
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    if ((await readVersion(cluster)) === undefined) {
      throw new EmbeddedPostgresError(
        `${cluster} holds files but no PostgreSQL cluster: empty it, or set dataDir to another folder`,
      );
    }
    log('another process made the PostgreSQL cluster in the same moment: using that one');
  }
}

async function readVersion(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new EmbeddedPostgresError(
      `${cluster} cannot be read (${reasonOf(error)}): mend its permissions, or set dataDir to another folder`,
    );
  }
}
