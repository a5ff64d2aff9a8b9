import { setTimeout as sleep } from 'node:timers/promises';
import { commandDataSource } from '../../src/database/command-data-source.js';
import { migrate } from '../../src/event-sourcing/index.js';
import type { EventLog } from '../../src/event-sourcing/log/event-log.js';
import { column } from '../lifecycle/embedded-database.js';
import { append, openLog, write } from '../event-sourcing/support/bank.js';
import { FailoverPair } from '../support/failover-pair.js';
import { Check, type Findings } from './check.js';

const STREAMS = 6;
const UNDER_LOAD_MS = 500;

/** An event that was acknowledged. */
interface Acknowledged {
  readonly stream: string;
  readonly version: number;
  readonly at: number;
}

/**
 * A standby is promoted while the primary runs on, and connections to both are open in one process: nothing that only
 * the former primary stores is acknowledged after the process has met the new one.
 */
export async function runTwoPrimaries(folder: string): Promise<Findings> {
  const check = new Check();
  const pair = await FailoverPair.create(folder, ['command'], 'asynchronous');
  await migrate(commandDataSource(pair.url('command')));
  await pair.inSync();
  const log = openLog(pair.url('command'), { maxBatchesInFlight: 4 });
  try {
    const acknowledged: Acknowledged[] = [];
    let isOver = false;
    const writers = Array.from({ length: STREAMS }, async (_, index) => {
      const stream = `account-${index}`;
      for (let version = 1; !isOver; version += 1) {
        if (!(await isAcknowledged(log, stream, version))) return;
        acknowledged.push({ stream, version, at: performance.now() });
      }
    });
    await sleep(UNDER_LOAD_MS);
    // From here on, what the former primary stores is on no other server.
    await pair.promoteStandby();
    pair.leadNewTo(pair.standby);
    await sleep(UNDER_LOAD_MS);
    const endedAt = performance.now();
    await pair.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = (
         SELECT pid FROM pg_stat_activity WHERE application_name = 'event-log append' ORDER BY pid LIMIT 1)`,
    );
    await sleep(UNDER_LOAD_MS);
    isOver = true;
    await Promise.all(writers);
    const there = new Set(
      await column<string>(pair.standby.url('command'), `SELECT stream || ' ' || version FROM event_log`),
    );
    const lost = acknowledged.filter(({ stream, version }) => !there.has(`${stream} ${version}`));
    check.that('both were written to', lost.length > 0);
    check.that('the process has stopped', log.failure !== undefined);
    const late = lost.filter(({ at }) => at > endedAt + UNDER_LOAD_MS / 2);
    check.that('nothing is acknowledged on a former primary', late.length === 0, { late });
    return {
      violations: check.violations,
      figures: { acknowledged: acknowledged.length, lost: lost.length },
    };
  } finally {
    await log.close();
    await pair.stop();
  }
}

async function isAcknowledged(log: EventLog, stream: string, version: number): Promise<boolean> {
  try {
    const { status } = await log.append(append([write(stream, version - 1)])).result;
    return status === 'appended';
  } catch {
    return false; // the log has failed
  }
}
