import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../../chaos/seeded-random.js';
import { withClient } from '../../lifecycle/embedded-database.js';
import { inTime } from '../../lifecycle/conditions.js';
import type { Stage } from './stage.js';

/** In milliseconds. */
const BETWEEN_KILLS = { least: 500, most: 4_000 };
const AWAY = { least: 100, most: 3_000 };
const PATIENCE_MS = 120_000;

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

/** A move of the relay's checkpoint waits for the advisory lock of this number. Renewals of its lease do not. */
const LOCK = 4_711;
const TRIGGER = `
  CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock(${LOCK}); RETURN NEW; END';
  CREATE TRIGGER hold_up BEFORE UPDATE OF position ON checkpoint FOR EACH ROW
    WHEN (NEW.name = 'kafka' AND NEW.position > OLD.position) EXECUTE FUNCTION hold_up()`;
const HELD_UP = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK} AND NOT granted`;

/**
 * Kills the service after the broker has acknowledged a batch and before the checkpoint has moved: a trigger holds the
 * move up.
 */
export async function killBeforeCheckpoint(stage: Stage): Promise<void> {
  await withClient(stage.postgres.url('command'), async (client) => {
    await client.query(`SELECT pg_advisory_lock(${LOCK})`);
    await client.query(TRIGGER);
    await inTime(PATIENCE_MS, 'the relay to move its checkpoint', async () => {
      const { rowCount } = await client.query(HELD_UP);
      return rowCount !== 0;
    });
    await stage.kill();
    // The session of the dead process would still write once the lock is gone. It is waited for.
    await client.query(`SELECT pg_terminate_backend(pid, 10000) FROM (${HELD_UP}) AS held_up`);
    await client.query('DROP FUNCTION hold_up CASCADE');
  });
  await stage.launch();
}
