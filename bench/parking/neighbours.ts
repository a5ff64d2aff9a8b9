import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { cartEvents } from '../../src/cart/domain/cart.events.js';
import { commandDataSource } from '../../src/database/command-data-source.js';
import { DurableCommands } from '../../src/event-sourcing/commands/durable-commands.js';
import {
  DataSources,
  DurableHandler,
  type EventLog,
  SubscriptionRunner,
} from '../../src/event-sourcing/index.js';
import { CommandRegistry } from '../../src/event-sourcing/kernel/command-registry.js';
import { ViewWatch } from '../../src/event-sourcing/projections/view-watch.js';
import { postgresSubscriptions } from '../../src/event-sourcing/runner/subscription-storage.js';
import { follow } from '../support/event-log.js';

const PATIENCE_MS = 300_000;
const POLL_MS = 2;

@DurableHandler({ name: 'steady', startAt: 'beginning' })
class Steady {
  handle(): Promise<void> {
    return Promise.resolve();
  }
}

@DurableHandler({ name: 'neighbour', startAt: 'beginning' })
class Sound {
  handle(): Promise<void> {
    return Promise.resolve();
  }
}

@DurableHandler({ name: 'neighbour', startAt: 'beginning' })
class Broken {
  handle(): Promise<void> {
    return Promise.reject(new Error('This handler always fails.'));
  }
}

/** What works beside the handler that is looked at. */
export const NEIGHBOURS = { none: undefined, 'a sound one': Sound, 'one that always throws': Broken };

/**
 * Has a handler hear of a whole log, beside a neighbour that hears of the same.
 * @param url of the database of the log; what the handlers leave in it is removed
 * @returns how long the handler took, in milliseconds
 */
export async function hearBeside(
  log: EventLog,
  url: string,
  neighbour: keyof typeof NEIGHBOURS,
): Promise<number> {
  const command = await new DataSource(commandDataSource(url)).initialize();
  const settled = await follow(log);
  const logger = new Logger('bench');
  // One line for each failure is what an operator would see; here it would be measured, too.
  logger.error = () => undefined;
  const runner = new SubscriptionRunner(
    log.registry,
    settled,
    postgresSubscriptions(new DataSources(command, command)),
    new DurableCommands(command, new CommandRegistry()),
    new ViewWatch(),
    {
      retry: { attempts: 6, firstPauseMs: 200 },
      leaseMs: 5_000,
      isAlone: () => true,
      runsHandlers: true,
      runsCommands: false,
      cli: 'npx durable-cqrs',
    },
    logger,
  );
  for (const handler of [Steady, NEIGHBOURS[neighbour]])
    if (handler) runner.addHandler(handler, new handler(), [...cartEvents.events]);
  try {
    const head = await settled.top();
    const steady = runner.subscriptions.find(({ options }) => options.name === 'steady');
    await runner.start();
    const startedAt = await begun(() => steady?.state === 'running');
    await begun(() => (steady?.position ?? 0) >= head.position);
    return performance.now() - startedAt;
  } finally {
    await runner.stop();
    await settled.stop();
    await command.query('DELETE FROM parked_event');
    await command.query('DELETE FROM checkpoint');
    await command.destroy();
  }
}

/** Resolves to when something came to be. */
async function begun(is: () => boolean): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!is()) {
    if (performance.now() > deadline) throw new Error('The handler did not get through the log.');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return performance.now();
}
