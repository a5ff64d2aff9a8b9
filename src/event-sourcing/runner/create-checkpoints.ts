import type { Logger } from '@nestjs/common';
import type { SettledLog } from '../log/settled/settled-log.js';
import type { CheckpointStore } from '../subscriptions/checkpoints.js';
import { BEGINNING } from '../subscriptions/held-checkpoint.js';
import type { StartAt, SubscriptionOptions } from '../subscriptions/subscription-options.js';

/**
 * Creates the checkpoints of new subscriptions, and reports projections that cannot start because their tables have
 * rows.
 * @param cli the shell command of the command line for operators, for the message
 */
export async function createCheckpoints(
  checkpoints: CheckpointStore,
  subscriptions: readonly SubscriptionOptions[],
  settled: SettledLog,
  logger: Logger,
  cli: string,
): Promise<void> {
  const starting = (at: StartAt): SubscriptionOptions[] =>
    subscriptions.filter(({ startAt }) => startAt === at);
  const top = await settled.top();
  await checkpoints.create(starting('beginning'), settled.identity, BEGINNING, top.position);
  await checkpoints.create(starting('head'), settled.identity, top);
  for (const name of await checkpoints.withOldRows(subscriptions.map((one) => one.name))) {
    logger.error(
      `Projection "${name}" is new, but its table already has rows. It starts when they are cleared: ` +
        `run "${cli} clear ${name}". ` +
        `If it was renamed, run "${cli} rename <old name> ${name}".`,
    );
  }
}
