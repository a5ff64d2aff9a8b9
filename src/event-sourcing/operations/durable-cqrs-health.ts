import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { SettledLog } from '../log/settled/settled-log.js';
import { SubscriptionRunner } from '../runner/subscription-runner.js';
import { DataSources, type DatabasePair } from '../subscriptions/data-sources.js';
import type { SubscribedHandler } from '../subscriptions/subscribed-handler.js';

/** Milliseconds of refused writes after which the process is not ready. */
const LONGEST_REFUSAL_MS = 10_000;
const TIMEOUT_MS = 2_000;

/** The result of one check by its key. It has the form that `@nestjs/terminus` expects. */
export type HealthResult = Record<string, HealthState & Record<string, unknown>>;

/** What a check found. */
export interface HealthState {
  /** `down` if the process cannot do its work. */
  status: 'up' | 'down';
}

/** What `DurableCqrsHealth` checks. */
export interface HealthOptions {
  /** The databases that this process needs; both by default. */
  readonly databases?: readonly (keyof DatabasePair)[];
  /** How long a database may take to answer, in milliseconds; 2,000 by default. */
  readonly timeoutMs?: number;
}

/** Tells whether this process can do its work. Inject it, and pass its checks to `@nestjs/terminus` or answer them. */
@Injectable()
export class DurableCqrsHealth {
  /** @internal */
  constructor(
    private readonly runner: SubscriptionRunner,
    private readonly settled: SettledLog,
    private readonly dataSources: DataSources,
  ) {}

  /**
   * All checks in one. It resolves also when something is down.
   * @param key the name of the result
   */
  async check(key = 'durable-cqrs', options: HealthOptions = {}): Promise<HealthResult> {
    const { status, ...migrations } = resultIn(await this.checkDatabases(key, options), key);
    const { status: ofHandlers, ...handlers } = resultIn(this.checkHandlers(key), key);
    const isUp = status === 'up' && ofHandlers === 'up';
    return { [key]: { ...migrations, handlers, status: isUp ? 'up' : 'down' } };
  }

  /**
   * Up while events reach the handlers of this process, and its code knows every event of the log. Handlers of other
   * processes, short retries and relays whose other system is away do not matter. The details are the states of the handlers.
   */
  checkHandlers(key = 'handlers'): HealthResult {
    const subscriptions = this.runner.runsHandlers ? this.runner.subscriptions : [];
    const states = Object.fromEntries(subscriptions.map(({ options, state }) => [options.name, state]));
    if (this.settled.failure) return { [key]: { ...states, log: 'cannot be followed', status: 'down' } };
    return { [key]: { ...states, status: subscriptions.some(isBroken) ? 'down' : 'up' } };
  }

  /**
   * Up while the databases answer and have the schema that this process needs. Migrations may be reverted after the
   * start. The detail `missing` lists them.
   */
  async checkDatabases(key = 'databases', options: HealthOptions = {}): Promise<HealthResult> {
    const { databases = ['command', 'query'], timeoutMs = TIMEOUT_MS } = options;
    const dataSources = new Set(databases.map((name) => this.dataSources[name]));
    const looking = Promise.all([...dataSources].map(missingIn));
    const tooLong = sleep(timeoutMs, undefined, { ref: false });
    try {
      const missing = (await Promise.race([looking, tooLong]))?.flat();
      if (missing?.length === 0) return { [key]: { status: 'up' } };
      return { [key]: { missing: missing ?? 'not known', status: 'down' } };
    } catch {
      return { [key]: { missing: 'not known', status: 'down' } };
    }
  }
}

/** A relay waits for another system. That system may be away for hours, and this process does all its other work. */
function isBroken({ options, state, failingForMs }: SubscribedHandler): boolean {
  return state === 'stopped' || (options.kind !== 'relay' && failingForMs > LONGEST_REFUSAL_MS);
}

async function missingIn(dataSource: DataSource): Promise<string[]> {
  const { options, driver, migrations } = dataSource;
  const { schema } = options as { readonly schema?: string };
  const path = driver.buildTableName(options.migrationsTableName ?? 'migrations', schema);
  const table = path
    .split('.')
    .map((part) => driver.escape(part))
    .join('.');
  const rows: { name: string }[] = await dataSource.query(`SELECT name FROM ${table}`);
  return migrations
    .map(({ name, constructor }) => name ?? constructor.name)
    .filter((needed) => !rows.some(({ name }) => name === needed));
}

function resultIn(result: HealthResult, key: string): HealthResult[string] {
  return result[key] ?? { status: 'down' };
}
