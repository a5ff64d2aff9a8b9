import type { BenchContext } from '../support/bench.js';
import { vacuum } from '../support/postgres.js';
import { processCpu, postgresCpu } from '../support/processor-time.js';
import { BuiltService, type BuiltServiceOptions } from './built-service.js';
import { importProducts } from './shop.js';
import { untilViewsAreCurrent } from './views.js';

/** Processor seconds so far; NaN where the system does not tell. */
export interface SubjectCpu {
  /** Of the processes that serve. */
  readonly service: number;
  /** Of all processes of their PostgreSQL. */
  readonly postgres: number;
}

/** A running program with a catalogue of products that answers the requests of a scenario. */
export interface Subject {
  readonly name: string;
  /** Where carts are opened and filled. */
  readonly writeOrigin: string;
  /** Where the load goes. Changes at a restart. */
  readonly origin: string;
  cpu(): Promise<SubjectCpu>;
  /** Resolves when everything that requests have started is done; views, for example. */
  settle(): Promise<void>;
  /** Does now what PostgreSQL would otherwise do some time after many writes. */
  tidy(): Promise<void>;
  /** Ends the program at `origin` and starts it again, with its data. */
  restart?(): Promise<void>;
}

/** Starts the built service of a checkout, alone on its embedded PostgreSQL. */
export async function startAlone(
  { cleanup }: BenchContext,
  name: string,
  options: BuiltServiceOptions,
): Promise<Subject> {
  const service = await BuiltService.start(cleanup, options);
  await importProducts(service.origin);
  return {
    name,
    get writeOrigin() {
      return service.origin;
    },
    get origin() {
      return service.origin;
    },
    async cpu() {
      const postmaster = await service.postmaster();
      const postgres = postmaster === undefined ? undefined : await postgresCpu(postmaster);
      return { service: (await processCpu(service.pid)) ?? NaN, postgres: postgres ?? NaN };
    },
    settle: () => untilViewsAreCurrent(service.origin),
    tidy: () => service.vacuum(),
    async restart() {
      await service.stop();
      await service.run();
    },
  };
}

/**
 * Starts two processes of the built service on the bench's server. One takes the writes, the load goes to the
 * other.
 */
export async function startPair(
  { cleanup, server }: BenchContext,
  name: string,
  options: BuiltServiceOptions,
): Promise<Subject> {
  const databases = {
    command: await server.createDatabase('command'),
    query: await server.createDatabase('query'),
  };
  const services: BuiltService[] = [];
  const start = async (): Promise<BuiltService> => {
    const service = await BuiltService.start(cleanup, { ...options, databases });
    services.push(service);
    return service;
  };
  // One after the other: the first one migrates the databases.
  const writer = await start();
  const reader = await start();
  await importProducts(writer.origin);
  return {
    name,
    writeOrigin: writer.origin,
    get origin() {
      return reader.origin;
    },
    async cpu() {
      const seconds = await Promise.all(services.map(({ pid }) => processCpu(pid)));
      const service = seconds.reduce<number>((sum, one) => sum + (one ?? NaN), 0);
      return { service, postgres: (await server.cpuSeconds()) ?? NaN };
    },
    settle: () => untilViewsAreCurrent(writer.origin),
    tidy: () => vacuum(Object.values(databases)),
    async restart() {
      await reader.stop();
      await reader.run();
    },
  };
}
