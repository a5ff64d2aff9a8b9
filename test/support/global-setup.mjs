import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RUN_FOLDER = /^cartwright-test-(\d+)-/;

/** One PostgreSQL for the whole run; each spec file makes its own databases on it (see `database.ts`). */
export default async function setUp() {
  const { startEmbeddedPostgres } =
    await import('../../dist/event-sourcing/embedded-postgres/index.js').catch((cause) => {
      throw new Error('The tests run on the built service: run "npm run build" first.', { cause });
    });
  await removeLeftovers();
  const folder = await mkdtemp(join(tmpdir(), `cartwright-test-${process.pid}-`));
  // PostgreSQL's own system user, where root runs the tests, has to pass.
  await chmod(folder, 0o711);
  const lines = [];
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, 'server'),
    databases: [],
    settings: { max_connections: '200' },
    log: (line) => lines.push(line),
  }).catch(async (error) => {
    await rm(folder, { recursive: true, force: true });
    throw new Error([error.message, ...lines].join('\n'), { cause: error });
  });
  process.env.TEST_POSTGRES_URL = server.url('postgres');
  // For files of the tests: goes with the run, however it ends.
  process.env.TEST_FOLDER = folder;
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  // jest skips the teardown when it is interrupted, and the server, in its own process group, would run on.
  const interrupted = (signal) => stop().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  globalThis.testPostgres = {
    async stop() {
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      await stop();
    },
  };
}

/** Folders of runs that were killed. A server that still runs in one ends by itself when it misses its files. */
async function removeLeftovers() {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = RUN_FOLDER.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true, maxRetries: 5 }).catch((error) => {
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
