import type { Logger } from '@nestjs/common';
import type { SettledLog } from '../log/settled/settled-log.js';
import type { CheckpointStore } from '../subscriptions/checkpoints.js';
import { BEGINNING } from '../subscriptions/held-checkpoint.js';
import type { StartAt, SubscriptionOptions } from '../subscriptions/subscription-options.js';

/** How long a start waits for open transactions before it logs that it waits, in milliseconds. */
const PATIENCE_MS = 5_000;
/** How long a start waits for them at most, in milliseconds. */
const LONGEST_MS = 60_000;

/**
 * Creates the checkpoints of new subscriptions. Reports projections that cannot start because their tables have rows,
 * and handlers with another number of partitions than their code asks for.
 * @param cli the shell command of the command line for operators, for the message
 * @param longestMs how long to wait for open transactions at most, in milliseconds
 * @throws Error that says what the start waited for, after this time
 */
export async function createCheckpoints(
  checkpoints: CheckpointStore,
  subscriptions: readonly SubscriptionOptions[],
  settled: SettledLog,
  logger: Logger,
  cli: string,
  longestMs = LONGEST_MS,
): Promise<void> {
  const starting = (at: StartAt): SubscriptionOptions[] =>
    subscriptions.filter(({ startAt }) => startAt === at);
  const top = await settled.top();
  await checkpoints.create(starting('beginning'), settled.identity, BEGINNING, top.position);
  const atHead = starting('head');
  if (await checkpoints.lacksAny(atHead.map(({ name }) => name)))
    await untilFinal(top.position, settled, logger, longestMs);
  await checkpoints.create(atHead, settled.identity, top);
  await warnOfCounts(checkpoints, subscriptions, logger, cli);
  for (const name of await checkpoints.withOldRows(subscriptions.map((one) => one.name))) {
    logger.error(
      `Projection "${name}" is new, but its table already has rows. It starts when they are cleared: ` +
        `run "${cli} clear ${name}". ` +
        `If it was renamed, run "${cli} rename <old name> ${name}".`,
    );
  }
}

/** The number of partitions that is stored counts, whatever the code says: another release may say something else. */
async function warnOfCounts(
  checkpoints: CheckpointStore,
  subscriptions: readonly SubscriptionOptions[],
  logger: Logger,
  cli: string,
): Promise<void> {
  const stored = await checkpoints.counts(subscriptions.map(({ name }) => name));
  for (const { name, partitions: wanted } of subscriptions) {
    const count = stored.get(name);
    if (wanted === undefined || count === undefined || count === wanted) continue;
    logger.warn(
      `Handler "${name}" runs in ${count} partition(s), as is stored, and its code asks for ${wanted}. ` +
        `To change the number, run "${cli} partition ${name} ${wanted}".`,
    );
  }
}

/**
 * Waits until no event can appear up to a position. A transaction may have drawn a lower position and commit later: a
 * handler that starts at the head would never get that event.
 */
async function untilFinal(
  position: number,
  settled: SettledLog,
  logger: Logger,
  longestMs: number,
): Promise<void> {
  for (let left = longestMs; ; left -= PATIENCE_MS) {
    if ((await settled.reached(position, Math.min(left, PATIENCE_MS))) || settled.failure) return;
    if (left <= PATIENCE_MS) break;
    logger.warn(`The start of new handlers waits for ${settled.waitsFor}.`);
  }
  throw new Error(
    `New handlers cannot start: after ${longestMs} ms, the event log still waits for ${settled.waitsFor}. ` +
      'End that and start again.',
  );
}
