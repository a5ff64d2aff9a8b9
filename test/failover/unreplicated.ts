import { setTimeout as sleep } from 'node:timers/promises';
import { commandDataSource } from '../../src/database/command-data-source.js';
import { migrate } from '../../src/event-sourcing/index.js';
import { append, openLog, write } from '../event-sourcing/support/bank.js';
import { inTime } from '../lifecycle/conditions.js';
import { FailoverPair } from '../support/failover-pair.js';
import { Check, type Findings } from './check.js';

const PATIENCE_MS = 10_000;
const LOOK_MS = 1_500;
const WAITING = `SELECT pid FROM pg_stat_activity WHERE application_name = 'event-log append' AND wait_event = 'SyncRep'`;

/**
 * A commit waits for a standby that is away, and its session is ended: the commit becomes visible, and the standby does
 * not have it. The append that is sent again finds its events, and must not be acknowledged before the standby has them.
 */
export async function endWaitingCommits(folder: string): Promise<Findings> {
  const check = new Check();
  const pair = await FailoverPair.create(folder, ['command'], 'synchronous');
  await migrate(commandDataSource(pair.url('command')));
  const log = openLog(pair.url('command'), { patienceMs: 60_000 });
  try {
    await log.append(append([write('account-1', 0)])).result;
    let acknowledged = 0;
    const command = { id: '0190a000-0000-7000-8000-000000000001', fingerprint: 'f', outcome: null };
    pair.cutStandbyOff();
    const appends = [
      append([write('account-1', 1)]),
      append([write('account-2', 0, 3)]),
      { ...append([write('account-3', 0)]), command },
    ].map(async (one) => {
      await log.append(one).result;
      acknowledged += 1;
    });
    await inTime(PATIENCE_MS, 'commits to wait', async () => (await pair.query(WAITING)).length > 0);
    await pair.query(`SELECT pg_terminate_backend(pid) FROM (${WAITING}) w`);
    const stored = 'SELECT FROM event_log';
    await inTime(
      PATIENCE_MS,
      'them to be visible',
      async () => (await pair.query(stored, [], 'command')).length > 1,
    );
    await sleep(LOOK_MS);
    check.that('nothing is acknowledged that the standby lacks', acknowledged === 0, { acknowledged });
    pair.letStandbyIn();
    await Promise.all(appends);
    check.that('all is acknowledged when the standby is back', acknowledged === appends.length, {
      acknowledged,
    });
    return { violations: check.violations, figures: { acknowledged } };
  } finally {
    await log.close();
    await pair.stop();
  }
}
