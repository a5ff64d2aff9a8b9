import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EventClass } from '../../../src/event-sourcing/kernel/event.js';
import type { EventLog } from '../../../src/event-sourcing/log/event-log.js';
import { SettledLog } from '../../../src/event-sourcing/log/settled/settled-log.js';
import { DataSources, querySchema } from '../../../src/event-sourcing/index.js';
import { DurableCommands } from '../../../src/event-sourcing/commands/durable-commands.js';
import { CommandRegistry } from '../../../src/event-sourcing/kernel/command-registry.js';
import type { RetryPolicy } from '../../../src/event-sourcing/runtime/retry-policy.js';
import type { SubscribedHandler } from '../../../src/event-sourcing/subscriptions/subscribed-handler.js';
import { SubscriptionRunner } from '../../../src/event-sourcing/runner/subscription-runner.js';
import { postgresSubscriptions } from '../../../src/event-sourcing/runner/subscription-storage.js';
import { ViewWatch } from '../../../src/event-sourcing/projections/view-watch.js';
import { eventually } from '../../support/eventually.js';
import { openLog } from './bank.js';
import type { LogDatabase } from './log-database.js';

export interface HandlerProcessOptions {
  readonly commandUrl: string;
  readonly queryUrl: string;
  /** Entities of the views. */
  readonly views?: (new () => object)[];
  /** Handlers, and the events that they handle. */
  readonly handlers: readonly (readonly [handler: object, ...events: EventClass[]])[];
  readonly retry?: RetryPolicy;
  /** Milliseconds. */
  readonly leaseMs?: number;
}

const CONNECT_MS = 4_000;
/** Time enough for a test machine, and little enough to be waited for. */
const LEASE_MS = 2_500;

/** What one process does for its handlers, without the rest of the framework. */
export class HandlerProcess {
  readonly logged: string[] = [];
  readonly watch = new ViewWatch();

  private constructor(
    readonly log: EventLog,
    private readonly settled: SettledLog,
    private readonly dataSources: readonly DataSource[],
    private readonly runner: SubscriptionRunner,
  ) {}

  static async start({
    commandUrl,
    queryUrl,
    views = [],
    handlers,
    retry = { attempts: 3, firstPauseMs: 20 },
    leaseMs = LEASE_MS,
  }: HandlerProcessOptions): Promise<HandlerProcess> {
    const log = openLog(commandUrl);
    const settled = new SettledLog(log, { onConnectionError: () => undefined, onFatal: () => undefined });
    const dataSource = (url: string, name: string): DataSource =>
      new DataSource({
        type: 'postgres',
        url,
        // A network that is cut off may never answer.
        extra: { connectionTimeoutMillis: CONNECT_MS },
        applicationName: name,
        entities: [...querySchema.entities, ...views],
      });
    const [command, query] = [dataSource(commandUrl, 'command'), dataSource(queryUrl, 'query')];
    await Promise.all([command.initialize(), query.initialize()]);
    const logger = new Logger();
    const watch = new ViewWatch();
    const runner = new SubscriptionRunner(
      log.registry,
      settled,
      postgresSubscriptions(new DataSources(command, query)),
      new DurableCommands(command, new CommandRegistry()),
      watch,
      {
        retry,
        leaseMs,
        isAlone: () => false,
        runsHandlers: true,
        runsCommands: true,
        cli: 'npx durable-cqrs',
      },
      logger,
    );
    const started = new HandlerProcess(log, settled, [command, query], runner);
    for (const level of ['error', 'warn', 'log'] as const) {
      logger[level] = (message: string, details?: string) =>
        started.logged.push([level, message, details].join(' '));
    }
    for (const [handler, ...events] of handlers) {
      runner.addHandler(handler.constructor as new () => object, handler, events);
    }
    await settled.start();
    await runner.start();
    return started;
  }

  subscription(name: string): SubscribedHandler {
    const found = this.runner.subscriptions.find(({ options }) => options.name === name);
    if (!found) throw new Error(`There is no handler "${name}".`);
    return found;
  }

  /** Resolves when a handler is in this state. */
  async becomes(name: string, state: SubscribedHandler['state']): Promise<void> {
    const { subscription } = { subscription: this.subscription(name) };
    await eventually(
      `"${name}" to be ${state}`,
      () => Promise.resolve(subscription.state),
      (now) => now === state,
    );
  }

  /** Resolves when a line with this text was logged. */
  async logs(text: string): Promise<void> {
    await eventually(
      `"${text}" to be logged`,
      () => Promise.resolve(this.logged),
      (lines) => lines.some((line) => line.includes(text)),
    );
  }

  /** Rebuilds a view. Resolves when the new one has replaced the present one. */
  async rebuild(name: string): Promise<void> {
    const rebuild = await this.runner.rebuild(name);
    await rebuild?.done();
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    await this.runner.stop();
    await this.settled.stop();
    await Promise.all(this.dataSources.map((dataSource) => dataSource.destroy()));
    await this.log.close();
  }
}

/** Does to all subscriptions of a database what a process does that takes them over, and holds them for a while. */
export async function takeOver(database: LogDatabase, forMs = 60_000): Promise<void> {
  await database.query(
    `UPDATE checkpoint SET holder = gen_random_uuid(), epoch = epoch + 1, leased_until = now() + $1 * interval '1 ms'`,
    [forMs],
  );
}
