import 'reflect-metadata';
import { Session } from 'node:inspector/promises';
import { loadConfig } from '../../src/config.js';
import { createApp } from '../../src/create-app.js';
import { openDatabases } from '../../src/database/databases.js';
import { EventLog, SettledLog, SubscriptionRunner } from '../../src/event-sourcing/index.js';
import { createLogger } from '../../src/http/logging.js';
import { answerQuestions } from './child-process.js';
import { NoOpModule } from './no-op.module.js';

/**
 * `origin`: where it listens. `cpu`: processor seconds so far. `settle`: wait until all views are at the end of the log.
 * `profile`: sample what the processor does, up to `profiled`, which gives the profile as JSON.
 */
export type ServerQuestion = 'origin' | 'cpu' | 'settle' | 'profile' | 'profiled';

/** How many events the views were behind when asked to settle. */
export interface Settled {
  readonly behind: number;
}

const POLL_MS = 2;
const SAMPLE_EVERY_US = 500;

// The service itself, as src/main.ts starts it, with one more route.
const config = loadConfig(process.env);
const logger = createLogger(config.logLevel);
const databases = await openDatabases(config, () => undefined);
const app = await createApp(config, databases.urls, logger, [NoOpModule]);
await app.listen(config.port, config.host);

async function settle(): Promise<Settled> {
  const log = app.get(EventLog);
  const { rows } = await log.query<{ top: number }>(
    'SELECT coalesce(max(position), 0)::float8 AS top FROM event_log',
    [],
  );
  const top = rows[0]?.top ?? 0;
  const { subscriptions } = app.get(SubscriptionRunner);
  const behind = top - Math.min(...subscriptions.map(({ position }) => position));
  const settled = app.get(SettledLog);
  while (settled.mark < top || subscriptions.some(({ position }) => position < top)) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { behind };
}

const inspector = new Session();
inspector.connect();

answerQuestions(
  async (question: ServerQuestion) => {
    switch (question) {
      case 'origin':
        return app.getUrl();
      case 'cpu': {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      }
      case 'settle':
        return settle();
      case 'profile':
        await inspector.post('Profiler.enable');
        await inspector.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
        return inspector.post('Profiler.start');
      case 'profiled':
        return JSON.stringify((await inspector.post('Profiler.stop')).profile);
    }
  },
  async () => {
    await app.close();
    await databases.close();
  },
);
