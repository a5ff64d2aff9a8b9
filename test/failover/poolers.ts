import { join } from 'node:path';
import { checkServer } from '../../src/event-sourcing/postgres/check-server.js';
import { withSettings } from '../../src/event-sourcing/postgres/session-settings.js';
import { BUILT, LaunchedService } from '../lifecycle/launched-service.js';
import { PgBouncer, type PgBouncerSettings } from '../support/pgbouncer.js';
import { PostgresServer } from '../support/postgres-server.js';
import { Check, type Findings } from './check.js';

/** All that the service sends when it connects and that a PgBouncer refuses unless it is told to drop it. */
const DROPPED = 'options,statement_timeout,idle_in_transaction_session_timeout,extra_float_digits';
const DROPS = 'is a connection pooler such as PgBouncer that drops the settings of sessions';
const SHARES = 'is a connection pooler in transaction mode, where sessions lose their locks and settings';
const DIRECTLY = 'connect to PostgreSQL directly, because the service has a pool of its own';

const SETTINGS: readonly PgBouncerSettings[] = (['transaction', 'session'] as const).flatMap((pool_mode) => [
  { pool_mode },
  { pool_mode, ignore_startup_parameters: DROPPED },
]);

/** A PgBouncer before either database is refused at the start, in one line. Without PgBouncer, nothing is tested. */
export async function refusePoolers(folder: string): Promise<Findings> {
  if (!(await PgBouncer.isInstalled())) {
    return { violations: [], figures: { skipped: 'PgBouncer is not installed, so poolers were not tested' } };
  }
  const check = new Check();
  const server = await PostgresServer.create(join(folder, 'data'), ['command', 'query']);
  const bouncers: PgBouncer[] = [];
  const start = async (settings: PgBouncerSettings): Promise<PgBouncer> => {
    const bouncer = await PgBouncer.start(
      join(folder, `bouncer-${bouncers.length}`),
      server.url('query'),
      settings,
    );
    bouncers.push(bouncer);
    return bouncer;
  };
  try {
    for (const settings of SETTINGS) await expectRefusal(server, await start(settings), check, settings);
    await expectSharingFound(server, start, check);
    return { violations: check.violations, figures: { refused: bouncers.length } };
  } finally {
    await LaunchedService.killAll();
    await Promise.all(bouncers.map((bouncer) => bouncer.stop()));
    await server.stop();
  }
}

async function expectRefusal(
  server: PostgresServer,
  bouncer: PgBouncer,
  check: Check,
  settings: PgBouncerSettings,
): Promise<void> {
  const urls = { COMMAND_DATABASE_URL: server.url('command'), QUERY_DATABASE_URL: server.url('query') };
  for (const variable of ['COMMAND_DATABASE_URL', 'QUERY_DATABASE_URL'] as const) {
    const env = { ...urls, [variable]: bouncer.url(urls[variable]) };
    const { code, stderr } = await LaunchedService.start(env, BUILT).ended;
    const expected = new RegExp(
      `^${variable}: the server at 127\\.0\\.0\\.1:\\d+ ${DROPS}: ${DIRECTLY}\\.\\n$`,
    );
    check.that('a pooler is refused in one line', code === 1 && expected.test(stderr), {
      settings,
      code,
      stderr,
    });
  }
}

/** As if a pooler passed the options on. */
async function expectSharingFound(
  server: PostgresServer,
  start: (settings: PgBouncerSettings) => Promise<PgBouncer>,
  check: Check,
): Promise<void> {
  await server.query(`ALTER ROLE postgres SET "durable_cqrs.options" = 'on'`);
  for (const pool_mode of ['transaction', 'session'] as const) {
    const bouncer = await start({ pool_mode, ignore_startup_parameters: DROPPED });
    const found = await checkServer(
      withSettings({ connectionString: bouncer.url(server.url('query')) }),
    ).then(
      () => 'accepted',
      (error: unknown) => String(error),
    );
    const isRight = pool_mode === 'session' ? found === 'accepted' : found.includes(`${SHARES}: ${DIRECTLY}`);
    check.that('a pooler that shares sessions is found', isRight, { pool_mode, found });
  }
}
