import type { CommandBatch } from '../commands/command-batch.js';
import type { WaitingTimer } from '../commands/waiting-timers.js';
import { FIRST_WORK_PARAMETER, type Work } from '../subscriptions/checkpoint-move.js';

/**
 * Makes the work that stores the commands of a saga together with its checkpoint.
 * @param onWaiting receives the timers with `keep` that wait, after the move
 */
export type SagaWork = (
  saga: string,
  commands: CommandBatch,
  onWaiting: (timers: readonly WaitingTimer[]) => void,
) => Work;

/** Stores the commands in the command database. */
export const postgresSagaWork: SagaWork = (saga, { stored, cancelled }, onWaiting) => {
  const parameters = [0, 1, 2].map((index) => `$${FIRST_WORK_PARAMETER + index}`);
  return {
    name: 'commands of a saga',
    sql: '',
    call: `store_commands_of_saga(${parameters[0]}, ${parameters[1]}::jsonb, ${parameters[2]}::text[])`,
    values: [saga, JSON.stringify(stored), cancelled],
    onResult: (waiting) => {
      onWaiting(waiting as readonly WaitingTimer[]);
    },
  };
};
