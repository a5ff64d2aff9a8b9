import 'reflect-metadata';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { cartEvents } from '../../src/cart/domain/cart.events.js';
import { CartsProjection } from '../../src/cart/views/carts.projection.js';
import { commandDataSource } from '../../src/database/command-data-source.js';
import { queryDataSource } from '../../src/database/query-data-source.js';
import { DurableCommands } from '../../src/event-sourcing/commands/durable-commands.js';
import { DataSources, DurableHandler, SubscriptionRunner } from '../../src/event-sourcing/index.js';
import { CommandRegistry } from '../../src/event-sourcing/kernel/command-registry.js';
import { ViewWatch } from '../../src/event-sourcing/projections/view-watch.js';
import { postgresSubscriptions } from '../../src/event-sourcing/runner/subscription-storage.js';
import { follow, openLog } from '../support/event-log.js';

/** Waits a millisecond for each event, as for another system. */
@DurableHandler({ name: 'waiting', startAt: 'beginning' })
class Waiting {
  async handle(): Promise<void> {
    await pause(1);
  }
}

// A process that runs one handler, or those of its partitions whose leases it gets, until it is killed.
const { COMMAND_URL = '', QUERY_URL = '', HANDLER } = process.env;
const command = await new DataSource(commandDataSource(COMMAND_URL)).initialize();
const query = await new DataSource(queryDataSource(QUERY_URL)).initialize();
const log = openLog(COMMAND_URL);
const settled = await follow(log);
const runner = new SubscriptionRunner(
  log.registry,
  settled,
  postgresSubscriptions(new DataSources(command, query)),
  new DurableCommands(command, new CommandRegistry()),
  new ViewWatch(),
  {
    retry: { attempts: 6, firstPauseMs: 200 },
    leaseMs: 5_000,
    isAlone: () => false,
    runsHandlers: true,
    runsCommands: false,
    cli: 'npm run handlers --',
  },
  new Logger('bench'),
);
const handler = HANDLER === 'carts' ? new CartsProjection() : new Waiting();
runner.addHandler(handler.constructor as new () => object, handler, [...cartEvents.events]);
const asked = once(process, 'message');
process.send?.('ready');
await asked;
await runner.start();
