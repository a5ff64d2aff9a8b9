import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { cartEvents } from '../../src/cart/domain/cart.events.js';
import { CartsProjection } from '../../src/cart/views/carts.projection.js';
import { productEvents } from '../../src/catalog/domain/product.events.js';
import { CatalogProductsProjection } from '../../src/catalog/views/catalog-products.projection.js';
import { queryDataSource } from '../../src/database/query-data-source.js';
import {
  CommandRegistry,
  DurableCommands,
  type EventLog,
  SubscriptionRunner,
  ViewWatch,
  migrate,
} from '../../src/event-sourcing/index.js';
import { countingCpu, perCall } from '../support/cpu.js';
import { follow } from '../support/event-log.js';
import type { BenchPostgres } from '../support/postgres.js';
import type { Filling } from './fill-log.js';

const PATIENCE_MS = 300_000;

/** What a catch-up came to. */
export interface CatchUp {
  /** Events of the log a second, from the start of the handlers to the last one's last checkpoint. */
  readonly rate: number;
  /** Microseconds of processor time an event. */
  readonly nodeCpu: number;
  readonly postgresCpu: number;
}

const CARTS = [CartsProjection, cartEvents.events] as const;

/** Which projections may run. */
export const PROJECTIONS = {
  carts: [CARTS],
  all: [CARTS, [CatalogProductsProjection, productEvents.events] as const],
};

/**
 * Brings the views of an empty query database up to the end of the log, and checks that they hold all of it.
 * @param queryUrl a database without any table
 * @throws Error when a view does not hold what the log was filled with
 */
export async function catchUp(
  server: BenchPostgres,
  log: EventLog,
  queryUrl: string,
  which: keyof typeof PROJECTIONS,
  filling: Filling,
): Promise<CatchUp> {
  await migrate(queryDataSource(queryUrl));
  const query = await new DataSource(queryDataSource(queryUrl)).initialize();
  const settled = await follow(log);
  const watch = new ViewWatch();
  // The command database would hold the checkpoints of handlers that are no projections; there are none here.
  const runner = new SubscriptionRunner(
    log.registry,
    settled,
    { command: query, query },
    new DurableCommands(query, new CommandRegistry()),
    watch,
    { retry: { attempts: 1, firstPauseMs: 1 }, leaseMs: 5_000, isAlone: true, runsHandlers: true, runsCommands: false },
    new Logger('bench'),
  );
  for (const [projection, events] of PROJECTIONS[which])
    runner.addHandler(projection, new projection(), [...events]);
  try {
    const head = await settled.head();
    const arrived = () =>
      runner.subscriptions.every(({ position }) => position >= head.position) || undefined;
    const [elapsedMs, cpu] = await countingCpu(server, async () => {
      const startedAt = performance.now();
      await runner.start();
      const done = await watch.until(() => Promise.resolve(arrived()), PATIENCE_MS);
      if (done === undefined) throw new Error(`The views did not catch up within ${PATIENCE_MS / 1000} s.`);
      return performance.now() - startedAt;
    });
    await runner.stop();
    await verify(query, filling);
    const { node, postgres } = perCall(cpu, filling.cartEvents);
    return { rate: (filling.cartEvents / elapsedMs) * 1000, nodeCpu: node, postgresCpu: postgres };
  } finally {
    await runner.stop();
    await settled.stop();
    await query.destroy();
  }
}

async function verify(query: DataSource, { carts, cartEvents: events }: Filling): Promise<void> {
  const rows: { carts: number; events: number }[] = await query.query(
    'SELECT count(*)::int AS carts, sum(version)::int AS events FROM carts',
  );
  const [seen] = rows;
  if (seen?.carts !== carts || seen.events !== events) {
    throw new Error(
      `The view holds ${seen?.events ?? 0} events of ${seen?.carts ?? 0} carts, the log ${events} of ${carts}.`,
    );
  }
}
