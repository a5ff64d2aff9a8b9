import { chmod, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const RAM_FOLDER = '/dev/shm';
/** The servers of a whole run need less. */
const ENOUGH_BYTES = 4 * 2 ** 30;
const RUN_FOLDER = /^cartwright-test-(\d+)-/;

/**
 * Starts one PostgreSQL for the whole run; each spec file makes its own databases on it (see `database.ts`). Its files, and
 * all temporary ones of the tests, are in memory where there is enough of it: no test cuts the power.
 */
export default async function setUp() {
  const { startEmbeddedPostgres } =
    await import('../../dist/event-sourcing/embedded-postgres/index.js').catch((cause) => {
      throw new Error('The tests run on the built service: run "npm run build" first.', { cause });
    });
  await removeLeftovers();
  const home = await roomyFolder();
  const folder = await mkdtemp(join(home, `cartwright-test-${process.pid}-`));
  // PostgreSQL's own system user, where root runs the tests, has to pass.
  await chmod(folder, 0o711);
  const lines = [];
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, 'server'),
    databases: [],
    settings: { max_connections: '300' },
    log: (line) => lines.push(line),
  }).catch(async (error) => {
    await rm(folder, { recursive: true, force: true });
    throw new Error([error.message, ...lines].join('\n'), { cause: error });
  });
  process.env.TEST_POSTGRES_URL = server.url('postgres');
  // For files of the tests: goes with the run, however it ends.
  process.env.TEST_FOLDER = folder;
  process.env.TMPDIR = folder;
  let stopping;
  const stop = () =>
    (stopping ??= server.stop().then(() => rm(folder, { recursive: true, force: true, maxRetries: 10 })));
  // jest skips the teardown when it is interrupted, and the server, in its own process group, would run on. A second
  // signal changes nothing: a terminal sends one to each process, and `test/main.mjs` passes its own on.
  const interrupted = (signal) => stop().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  process.on('SIGINT', interrupted).on('SIGTERM', interrupted);
  await makeTemplates(server).catch(async (error) => {
    await stop();
    throw error;
  });
  globalThis.testPostgres = {
    async stop() {
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      await stop();
    },
  };
}

async function roomyFolder() {
  try {
    const { bavail, bsize } = await statfs(RAM_FOLDER);
    if (Math.min(bavail * bsize, freemem(), process.availableMemory()) >= ENOUGH_BYTES) return RAM_FOLDER;
  } catch {
    // Not every system has one.
  }
  return tmpdir();
}

/** Migrates the two databases of the service once; copies of them are cheaper than migrations. */
async function makeTemplates(server) {
  const [{ migrate }, { commandDataSource }, { queryDataSource }] = await Promise.all([
    import('../../dist/event-sourcing/index.js'),
    import('../../dist/database/command-data-source.js'),
    import('../../dist/database/query-data-source.js'),
  ]);
  const client = new pg.Client({ connectionString: server.url('postgres') });
  await client.connect();
  try {
    for (const [name, dataSource] of [
      ['template_command', commandDataSource],
      ['template_query', queryDataSource],
    ]) {
      await client.query(`CREATE DATABASE ${name}`);
      await migrate(dataSource(server.url(name)));
    }
  } finally {
    await client.end();
  }
}

/** Folders of runs that were killed. A server that still runs in one ends by itself when it misses its files. */
async function removeLeftovers() {
  const found = await Promise.all(
    [tmpdir(), RAM_FOLDER].map(async (home) =>
      (await readdir(home).catch(() => [])).map((name) => [home, name]),
    ),
  );
  for (const [home, name] of found.flat()) {
    const [, pid] = RUN_FOLDER.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(home, name), { recursive: true, force: true, maxRetries: 5 }).catch((error) => {
      // Another user's, most likely: no reason not to run the tests.
      console.warn(`${name} is left behind by an earlier run and cannot be removed: ${error.message}`);
    });
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
