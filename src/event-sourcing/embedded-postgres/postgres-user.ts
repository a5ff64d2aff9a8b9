import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError, hasCode } from './embedded-postgres.errors.js';
import { runProgram } from './run-program.js';
import type { SystemUser } from './run-program.js';

const USER = 'postgres';

/**
 * Who runs the server on this cluster folder. PostgreSQL refuses root, so root hands over: to the owner of an existing
 * cluster, else to the system user `postgres`, which is created where it lacks.
 * @returns undefined where the server runs as ourselves
 * @throws EmbeddedPostgresError when the cluster belongs to somebody we cannot act as
 */
export async function serverUser(cluster: string): Promise<SystemUser | undefined> {
  const ourselves = process.getuid?.();
  if (ourselves === undefined) return undefined;
  const owner = await clusterOwner(cluster);
  if (ourselves !== 0) {
    if (owner === undefined || owner.uid === ourselves) return undefined;
    throw new EmbeddedPostgresError(
      `${cluster} belongs to the system user with id ${owner.uid}, and this process runs as ${ourselves}: ` +
        'start it as that user, give the folder to this one with chown -R, or set dataDir to another folder',
    );
  }
  if (owner?.uid === 0) {
    throw new EmbeddedPostgresError(
      `${cluster} belongs to root, and PostgreSQL does not run as root: run "chown -R ${USER} ${cluster}" first`,
    );
  }
  return owner ?? (await findSystemUser()) ?? (await createSystemUser());
}

/**
 * Checks that the user can enter each folder, and all folders above it.
 * @throws EmbeddedPostgresError that names the first folder it cannot enter
 */
export async function assertPassable(user: SystemUser, folder: string, remedy: string): Promise<void> {
  const way = [folder];
  for (let at = folder; dirname(at) !== at; at = dirname(at)) way.unshift(dirname(at));
  // A shell checks it as that user, because access lists and mount options count, not only the mode bits.
  const script =
    'for folder do [ ! -e "$folder" ] || [ -x "$folder" ] || { printf %s "$folder"; exit 0; }; done';
  const { output: closed, reason } = await runProgram('/bin/sh', ['-c', script, 'sh', ...way], user);
  if (reason !== undefined) {
    throw new EmbeddedPostgresError(
      `Cannot act as the system user "${user.name}" to run PostgreSQL (${reason}): start this process as a plain user`,
    );
  }
  if (closed === '') return;
  throw new EmbeddedPostgresError(
    `The system user "${user.name}", which PostgreSQL runs as because it refuses root, cannot enter ${closed}: ` +
      `run "chmod o+x ${closed}", ${remedy}, or start this process as a plain user`,
  );
}

async function clusterOwner(cluster: string): Promise<SystemUser | undefined> {
  try {
    // The version file marks a finished cluster. A folder without it will be replaced.
    const { uid, gid } = await stat(join(cluster, 'PG_VERSION'));
    return { name: `id ${uid}`, uid, gid };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (!hasCode(error, 'EACCES')) throw error;
    const { uid, gid } = await stat(cluster);
    return { name: `id ${uid}`, uid, gid };
  }
}

async function findSystemUser(): Promise<SystemUser | undefined> {
  const [uid, gid] = await Promise.all([runProgram('id', ['-u', USER]), runProgram('id', ['-g', USER])]);
  if (uid.reason !== undefined || gid.reason !== undefined) return undefined;
  return { name: USER, uid: Number(uid.output), gid: Number(gid.output) };
}

async function createSystemUser(): Promise<SystemUser> {
  const created = await runProgram('useradd', ['--system', '--no-create-home', USER]);
  // Looked up in any case, because another process may have created it at the same moment.
  const user = await findSystemUser();
  if (user !== undefined) return user;
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and the system user "${USER}" cannot be created ` +
      `(${created.reason ?? 'unknown'}): create it, or start this process as a plain user`,
  );
}
