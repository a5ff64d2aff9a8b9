import { execFile } from 'node:child_process';
import { access, chown, cp, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { column, embeddedUrl } from '../lifecycle/embedded-database.js';
import { BUILT, LaunchedService } from '../lifecycle/launched-service.js';
import { Check, type Findings } from './check.js';

const run = promisify(execFile);
/** Folder of PostgreSQL's client programs. */
const PROGRAMS = process.env['PG_BIN'] ?? '/usr/lib/postgresql/18/bin';
const DUMP = 'command.dump';

/** A cart, and how many items of one kind it holds. */
interface Filled {
  readonly id: string;
  readonly quantity: number;
}

/** The walk through backup and restore in `docs/operations.md`, step by step. */
export async function backUpAndRestore(folder: string): Promise<Findings> {
  const isThere = await access(join(PROGRAMS, 'pg_basebackup')).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    const skipped = `There is no pg_basebackup in ${PROGRAMS} (PG_BIN), so backup and restore were not tested`;
    return { violations: [], figures: { skipped } };
  }
  const check = new Check();
  try {
    const dataDir = join(folder, 'data');
    const kept = await backUp(folder, dataDir, check);
    await restoreFolder(folder, dataDir, kept, check);
    await restoreDump(folder, dataDir, kept, check);
    return { violations: check.violations, figures: { 'items in the backup': kept.quantity } };
  } finally {
    await LaunchedService.killAll();
  }
}

/** Takes both backups while the service runs, and lets more happen after them. */
async function backUp(folder: string, dataDir: string, check: Check): Promise<Filled> {
  const service = await LaunchedService.start({ DATA_DIR: dataDir }, BUILT).ready();
  await service.shop.stock('MUG-1');
  const { id } = await service.shop.open();
  for (let added = 0; added < 3; added += 1) await service.shop.add(id, { sku: 'MUG-1' });
  const url = await embeddedUrl(dataDir, 'cartwright_command');
  await program('pg_basebackup', [
    '--dbname',
    url,
    '--pgdata',
    join(folder, 'backup'),
    '--checkpoint',
    'fast',
  ]);
  await program('pg_verifybackup', [join(folder, 'backup')]);
  await program('pg_dump', ['--format', 'custom', '--file', join(folder, DUMP), url]);
  const { status } = await service.shop.add(id, { sku: 'MUG-1' });
  check.that('the service goes on during a backup', status === 201 || status === 200, { status });
  await stop(service, check);
  return { id, quantity: 3 };
}

/** Puts the copied folder in the place of the lost one. */
async function restoreFolder(folder: string, dataDir: string, kept: Filled, check: Check): Promise<void> {
  const cluster = join(dataDir, 'postgres');
  const { uid, gid } = await stat(cluster);
  await rename(cluster, join(folder, 'lost'));
  await cp(join(folder, 'backup'), cluster, { recursive: true, preserveTimestamps: true });
  await run('chown', ['-R', `${uid}:${gid}`, cluster]);
  await chown(dataDir, uid, gid).catch(() => undefined);
  const service = await LaunchedService.start({ DATA_DIR: dataDir }, BUILT).ready();
  await expectKept(service, kept, check);
  await stop(service, check);
}

/** Restores the log into a fresh database. The views are filled again from it. */
async function restoreDump(folder: string, dataDir: string, kept: Filled, check: Check): Promise<void> {
  const keeper = await LaunchedService.start({ DATA_DIR: dataDir }, BUILT).ready();
  const admin = await embeddedUrl(dataDir, 'postgres');
  for (const name of ['restored_command', 'restored_query']) await column(admin, `CREATE DATABASE ${name}`);
  const command = await embeddedUrl(dataDir, 'restored_command');
  await program('pg_restore', ['--exit-on-error', '--dbname', command, join(folder, DUMP)]);
  const env = {
    COMMAND_DATABASE_URL: command,
    QUERY_DATABASE_URL: await embeddedUrl(dataDir, 'restored_query'),
  };
  const service = await LaunchedService.start(env, BUILT).ready();
  await expectKept(service, kept, check);
  await stop(service, check);
  await stop(keeper, check);
}

async function expectKept({ shop }: LaunchedService, { id, quantity }: Filled, check: Check): Promise<void> {
  const cart = await shop.cart(id, quantity + 1);
  check.that('the cart is as it was backed up', cart.quantity === quantity, { cart });
  const again = await shop.open([{ sku: 'MUG-1', quantity: 1 }]);
  check.that('the service takes commands', again.quantity === 1, { again });
}

async function stop(service: LaunchedService, check: Check): Promise<void> {
  const { code, stderr } = await service.stop();
  check.that('it ends in good order', code === 0 && stderr === '', { code, stderr });
}

async function program(name: string, parameters: readonly string[]): Promise<void> {
  await run(join(PROGRAMS, name), [...parameters]);
}
