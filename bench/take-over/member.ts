import 'reflect-metadata';
import { SubscriptionRunner } from '../../src/event-sourcing/index.js';
import { answerQuestions } from '../support/bench-process.js';
import { withServiceInside } from '../support/service-inside.js';

/** A process of the service. It takes part from the first question on; its answer names it as the leases do. */
const { COMMAND_URL: command = '', QUERY_URL: query = '' } = process.env;

await withServiceInside({ command, query }, { LOG_LEVEL: 'silent' }, async (app) => {
  const { memberId } = app.get(SubscriptionRunner);
  await new Promise<void>((resolve) => {
    answerQuestions(
      () => Promise.resolve(memberId),
      () => {
        resolve();
        return Promise.resolve();
      },
    );
  });
});
