import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { SeededRandom } from '../../chaos/seeded-random.js';
import { withClient } from '../../lifecycle/embedded-database.js';
import { inTime } from '../../lifecycle/conditions.js';
import type { Stage } from './stage.js';

/** In milliseconds. */
const BETWEEN_KILLS = { least: 500, most: 4_000 };
const AWAY = { least: 100, most: 3_000 };
const PATIENCE_MS = 60_000;
const LOCKED_MS = 1_500;

/** Kills the broker so many times, at times that follow from the seed. */
export async function killBroker({ broker }: Stage, times: number, random: SeededRandom): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await sleep(random.between(BETWEEN_KILLS.least, BETWEEN_KILLS.most));
    await broker.kill();
    await sleep(random.between(AWAY.least, AWAY.most));
    await broker.restart();
  }
}

/** Kills the service so many times. */
export async function killService(stage: Stage, times: number, random: SeededRandom): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await sleep(random.between(BETWEEN_KILLS.least, BETWEEN_KILLS.most));
    await stage.kill();
    await sleep(random.between(AWAY.least, AWAY.most));
    await stage.launch();
  }
}

/** Sessions that a lock holds up, and those of them that move a checkpoint. */
const HELD_UP = `SELECT pid FROM pg_stat_activity WHERE datname = 'command' AND wait_event_type = 'Lock'`;
const HELD_UP_MOVE = `${HELD_UP} AND query LIKE '%UPDATE checkpoint SET position%'`;

/**
 * Kills the service after the broker has acknowledged a batch and before the checkpoint has moved. A lock on the row of
 * the checkpoint holds the move up.
 */
export async function killBeforeCheckpoint(stage: Stage): Promise<void> {
  await withClient(stage.postgres.url('command'), async (client) => {
    while (!(await lockedBeforeMove(stage, client)));
    await stage.kill();
    // Sessions of the dead process would still write once the lock is gone. They are waited for.
    await client.query(`SELECT pg_terminate_backend(pid, 10000) FROM (${HELD_UP}) AS held_up`);
    await client.query('ROLLBACK');
  });
  await stage.launch();
}

/** @returns false if no move came in time, for instance because the relay was waiting for the broker */
async function lockedBeforeMove(stage: Stage, client: Client): Promise<boolean> {
  const before = await stage.position();
  await inTime(PATIENCE_MS, 'the relay to move on', async () => (await stage.position()) > before);
  await client.query('BEGIN');
  await client.query(`SELECT FROM checkpoint WHERE name = 'kafka' FOR UPDATE`);
  // A lease that cannot be renewed is given up after a few seconds.
  const until = performance.now() + LOCKED_MS;
  while (performance.now() < until) {
    const { rowCount } = await client.query(HELD_UP_MOVE);
    if (rowCount !== 0) return true;
  }
  await client.query('ROLLBACK');
  return false;
}
