import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './embedded-postgres.errors.js';

/** How to log in to a cluster with all rights. */
export interface Superuser {
  readonly name: string;
  readonly password: string;
}

/** Name of the superuser of a new cluster. */
export const SUPERUSER = 'postgres';

const SUFFIX = '.password';

/**
 * Name of the file with the password. It is inside the folder of the cluster, so that both are created, moved and
 * copied together.
 */
export function passwordFile(superuser: string): string {
  return `${superuser}${SUFFIX}`;
}

/**
 * Reads name and password of the superuser. Clusters of earlier versions have a superuser of another name.
 * @returns `undefined` where there is no cluster, or no password file in it
 */
export async function readSuperuser(cluster: string): Promise<Superuser | undefined> {
  try {
    const file = (await readdir(cluster)).find((name) => name.endsWith(SUFFIX));
    if (file === undefined) return undefined;
    const password = await readFile(join(cluster, file), 'utf8');
    return { name: file.slice(0, -SUFFIX.length), password };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
