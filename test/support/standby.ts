import { chmod, chown, copyFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inTime } from '../lifecycle/conditions.js';
import { withClient } from '../lifecycle/embedded-database.js';
import { PostgresServer, type ServerSettings } from './postgres-server.js';

const PATIENCE_MS = 60_000;
/** Files and folders of a running server that a base backup leaves out. Folders are made, but stay empty. */
const LEFT_OUT = ['postmaster.pid', 'postmaster.opts', 'pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_stat_tmp'];

/** How to make a standby. */
export interface StandbyOptions {
  /** A folder that every user can pass and that does not exist yet, for the cluster and the log. */
  readonly dataDir: string;
  /** The name of the standby, for `synchronous_standby_names` of the primary. */
  readonly name?: string;
  /** Host and port that the standby follows; by default those of the primary. */
  readonly follows?: { readonly host: string; readonly port: number };
  /** How long each commit is held back, in milliseconds. */
  readonly applyDelayMs?: number;
  readonly settings?: ServerSettings;
}

/**
 * Makes a hot standby of a running server and starts it; resolves when it answers. The npm binaries have no
 * `pg_basebackup`, so the folder is copied between `pg_backup_start` and `pg_backup_stop`.
 */
export async function makeStandby(primary: PostgresServer, options: StandbyOptions): Promise<PostgresServer> {
  const { dataDir, name = 'standby', applyDelayMs = 0, settings = {} } = options;
  const { host, port } = options.follows ?? { host: '127.0.0.1', port: primary.port };
  const cluster = join(dataDir, 'postgres');
  await mkdir(dataDir, { mode: 0o711 });
  await chmod(dataDir, 0o711);
  await baseBackup(primary, cluster);
  const standby = await PostgresServer.of(cluster, {
    ...settings,
    primary_conninfo: `host=${host} port=${port} user=postgres password=${primary.password} application_name=${name}`,
    recovery_min_apply_delay: `${applyDelayMs}ms`,
  });
  await standby.start();
  return standby;
}

/** Makes a standby the primary of a new timeline; resolves when it takes writes. */
export async function promote(standby: PostgresServer): Promise<void> {
  await standby.query('SELECT pg_promote(true, 60)');
}

/** Stops applying what the standby receives, until `resumeReplay`. */
export async function pauseReplay(standby: PostgresServer): Promise<void> {
  await standby.query('SELECT pg_wal_replay_pause()');
  await inTime(PATIENCE_MS, 'the standby to pause', async () => {
    const [row] = await standby.query<{ state: string }>('SELECT pg_get_wal_replay_pause_state() AS state');
    return row?.state === 'paused';
  });
}

/** Goes on applying what the standby receives. */
export async function resumeReplay(standby: PostgresServer): Promise<void> {
  await standby.query('SELECT pg_wal_replay_resume()');
}

/** Waits until the standby has applied everything that the primary has written so far. */
export async function caughtUp(standby: PostgresServer, primary: PostgresServer): Promise<void> {
  const [now] = await primary.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  await inTime(PATIENCE_MS, 'the standby to catch up', async () => {
    const rows = await standby.query<{ done: boolean }>(
      'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS done',
      [now?.lsn],
    );
    return rows[0]?.done === true;
  });
}

async function baseBackup(primary: PostgresServer, cluster: string): Promise<void> {
  await withClient(primary.url('postgres'), async (client) => {
    await client.query(`SELECT pg_backup_start('standby', true)`);
    await copyFolder(primary.cluster, cluster);
    // A backup ends in the session in which it began.
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    const { uid, gid } = await stat(primary.cluster);
    for (const [file, content] of [
      ['backup_label', rows[0]?.labelfile ?? ''],
      ['standby.signal', ''],
    ] as const) {
      await writeFile(join(cluster, file), content, { mode: 0o600 });
      await chown(join(cluster, file), uid, gid);
    }
  });
}

/** Copies a folder with its owner and modes. Files may vanish meanwhile. */
async function copyFolder(from: string, to: string): Promise<void> {
  const { mode, uid, gid } = await stat(from);
  await mkdir(to, { mode });
  await chown(to, uid, gid);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (LEFT_OUT.includes(entry.name)) {
      if (entry.isDirectory()) await makeEmpty(target, mode, uid, gid);
    } else if (entry.isDirectory()) await copyFolder(source, target);
    else await copyIfThere(source, target, uid, gid);
  }
}

async function makeEmpty(folder: string, mode: number, uid: number, gid: number): Promise<void> {
  await mkdir(folder, { mode });
  await chown(folder, uid, gid);
}

async function copyIfThere(source: string, target: string, uid: number, gid: number): Promise<void> {
  try {
    await copyFile(source, target);
    await chown(target, uid, gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
