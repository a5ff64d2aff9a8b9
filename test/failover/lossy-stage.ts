import { join } from 'node:path';
import { inTime } from '../lifecycle/conditions.js';
import { BUILT, LaunchedService } from '../lifecycle/launched-service.js';
import { FailoverPair } from '../support/failover-pair.js';
import { PostgresServer } from '../support/postgres-server.js';

const PATIENCE_MS = 30_000;
/** pino's number for the level `error`. */
const ERROR = 50;

/** Two services on a log with an asynchronous standby. Their views are on a server that is never lost. */
export class LossyStage {
  readonly services: LaunchedService[] = [];

  private constructor(
    readonly pair: FailoverPair,
    readonly views: PostgresServer,
  ) {}

  /** @param folder a folder that every user can pass */
  static async set(folder: string): Promise<LossyStage> {
    const views = await PostgresServer.create(join(folder, 'views'), ['query', 'from_zero']);
    const pair = await FailoverPair.create(folder, ['command'], 'asynchronous');
    const stage = new LossyStage(pair, views);
    for (let number = 0; number < 2; number += 1) stage.services.push(stage.launch());
    await Promise.all(stage.services.map((service) => service.ready()));
    return stage;
  }

  /** Launches a service whose views are in this database. */
  launch(query: 'query' | 'from_zero' = 'query'): LaunchedService {
    return LaunchedService.start(this.environment(query), BUILT);
  }

  environment(query: 'query' | 'from_zero' = 'query'): Record<string, string> {
    return { COMMAND_DATABASE_URL: this.pair.url('command'), QUERY_DATABASE_URL: this.views.url(query) };
  }

  /** Waits until all services say that they do not follow the log. @returns how long that took, in milliseconds */
  async untilNoneIsReady(): Promise<number> {
    const begunAt = performance.now();
    await inTime(PATIENCE_MS, 'all services to stop', async () => {
      const answers = await Promise.all(this.services.map(({ http }) => http.get('/health/ready')));
      return answers.every(({ status, text }) => status === 503 && text.includes('cannot be followed'));
    });
    return Math.round(performance.now() - begunAt);
  }

  /** Stops all services. */
  async dismiss(): Promise<void> {
    await Promise.all(this.services.splice(0).map((service) => service.stop()));
  }

  async clear(): Promise<void> {
    await LaunchedService.killAll();
    await Promise.all([this.pair.stop(), this.views.stop()]);
  }
}

/** A line that a service has logged at level error or above. */
export interface Complaint {
  readonly time: number;
  readonly msg: string;
}

/** What a service has logged at level error or above. */
export function complaintsOf({ stdout }: LaunchedService): Complaint[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Complaint & { readonly level: number })
    .filter(({ level }) => level >= ERROR);
}
