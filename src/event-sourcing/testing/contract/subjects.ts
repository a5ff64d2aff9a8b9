import { setTimeout as sleep } from 'node:timers/promises';
import { Module, type DynamicModule, type LoggerService, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DurableCqrsModule } from '../../nest/durable-cqrs.module.js';
import type { DurableCqrsOptions } from '../../nest/durable-cqrs.options.js';
import { EventLog } from '../../log/event-log.js';
import { SubscriptionRunner } from '../../runner/subscription-runner.js';
import { EventStore } from '../../store/event-store.js';
import { DataSources } from '../../subscriptions/data-sources.js';
import { DurableCqrsTesting } from '../durable-cqrs-testing.js';
import { DurableCqrsTestingModule } from '../durable-cqrs-testing.module.js';
import { InMemory } from '../in-memory/memory.js';
import { Add, AddHandler } from './command-cases.js';
import type { ContractApp, RunningApp, StoreSubject } from './contract-case.js';
import { Added, Emptied } from './contract-domain.js';
import { ContractTotal, CreateContractTotal1767139200000 } from './projection-cases.js';

const LOOK_EVERY_MS = 5;
/** More than all pauses between two attempts of the contract. */
const RETRIES_MS = 1_000;
const PATIENCE_MS = 30_000;

/** A store under test, until it is closed. */
export interface OpenSubject extends StoreSubject {
  /** Ends what the subject itself runs. */
  close(): Promise<void>;
}

/** The store in memory. @param memory its storage; by default an empty one */
export async function inMemorySubject(memory = new InMemory()): Promise<OpenSubject> {
  return subjectOf(
    (options) => DurableCqrsTestingModule.forRoot({ ...options, memory }),
    (app) => app.get(DurableCqrsTesting).advance(RETRIES_MS),
  );
}

/** The store in PostgreSQL. @param url of an empty database */
export async function postgresSubject(url: string): Promise<OpenSubject> {
  const tables = { url, entities: [ContractTotal], migrations: [CreateContractTotal1767139200000] };
  return subjectOf((options) => DurableCqrsModule.forRoot({ ...options, ...tables }), settledInPostgres);
}

type Running = Pick<RunningApp, 'get'>;
type MakeModule = (options: DurableCqrsOptions) => DynamicModule;

async function subjectOf(
  makeModule: MakeModule,
  settled: (app: Running) => Promise<void>,
): Promise<OpenSubject> {
  const start = async (app: ContractApp): Promise<RunningApp> => startApp(makeModule, settled, app);
  const own = await startApp(
    makeModule,
    settled,
    { providers: [] },
    { runsHandlers: false, runsCommands: false },
  );
  return { log: own.get(EventLog), store: own.get(EventStore), start, close: () => own.close() };
}

async function startApp(
  makeModule: MakeModule,
  settled: (app: Running) => Promise<void>,
  { providers, retry }: ContractApp,
  roles: Partial<DurableCqrsOptions> = {},
): Promise<RunningApp> {
  @Module({})
  class App {}
  const module = makeModule({
    events: [Added, Emptied],
    commands: { 'contract.add': Add },
    ...(retry && { retry }),
    ...roles,
  });
  const context = await NestFactory.createApplicationContext(
    { module: App, imports: [module], providers: [AddHandler, ...providers] },
    { logger: QUIET, abortOnError: false },
  );
  const running: Running = { get: <T>(token: Type<T>) => context.get<T>(token, { strict: false }) };
  return { ...running, settled: () => settled(running), close: () => context.close() };
}

/** The cases make handlers fail on purpose, so failures are no news. */
const QUIET: LoggerService = { log: () => undefined, error: () => undefined, warn: () => undefined };

const WAITING = `
  SELECT FROM durable_command WHERE due_at < now() + interval '1 minute'
   UNION ALL SELECT FROM parked_event WHERE retry_at IS NOT NULL LIMIT 1`;

async function settledInPostgres(app: Running): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  const { command, query } = app.get(DataSources);
  for (;;) {
    const head = await app.get(EventLog).lookUpHead();
    const behind = app.get(SubscriptionRunner).subscriptions.filter(({ position }) => position < head);
    const waiting = [
      ...(await command.query<unknown[]>(WAITING)),
      ...(await query.query<unknown[]>(WAITING)),
    ];
    if (behind.length === 0 && waiting.length === 0) return;
    if (performance.now() > giveUpAt) throw new Error(`Not everything was done within ${PATIENCE_MS} ms.`);
    await sleep(LOOK_EVERY_MS);
  }
}
