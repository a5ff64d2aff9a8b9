import { Module, type DynamicModule, type INestApplicationContext, type Provider } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import {
  commandSchema,
  DurableCqrsModule,
  querySchema,
  type DurableCqrsOptions,
  type FeatureDefinitions,
} from '../../src/event-sourcing/index.js';
import { createDatabase } from '../support/database.js';
import { accountEvents, Balance, BalancesProjection, MoveMoney, MoveMoneyHandler, Postman } from './bank.js';

@Module({})
class BankModule {}

/** Two databases with the schema of the bank. */
export interface BankDatabases {
  readonly command: DataSourceOptions & { readonly url: string };
  readonly query: DataSourceOptions & { readonly url: string };
  drop(): Promise<void>;
}

export async function bankDatabases(): Promise<BankDatabases> {
  const [command, query] = await Promise.all([createDatabase('bank_command'), createDatabase('bank_query')]);
  const options = {
    command: {
      type: 'postgres' as const,
      url: command.url,
      ...commandSchema,
    },
    query: {
      type: 'postgres' as const,
      url: query.url,
      entities: [...querySchema.entities, Balance],
      migrations: querySchema.migrations,
    },
  };
  for (const database of [options.command, options.query]) {
    const dataSource = await new DataSource(database).initialize();
    await dataSource.runMigrations();
    await dataSource.destroy();
  }
  const views = await new DataSource(options.query).initialize();
  await views.query(
    'CREATE TABLE balances (account_id text PRIMARY KEY, balance integer NOT NULL, movements integer NOT NULL)',
  );
  await views.destroy();
  return {
    ...options,
    async drop() {
      await Promise.all([command.drop(), query.drop()]);
    },
  };
}

export interface BankOptions {
  readonly events?: FeatureDefinitions;
  /** Further modules with these providers. */
  readonly others?: readonly Provider[][];
  /** What the module is told beside the URL of its database. */
  readonly settings?: Partial<DurableCqrsOptions>;
}

/** Starts the bank as one process would. */
export async function startBank(databases: BankDatabases, options: BankOptions = {}): Promise<Bank> {
  const bank = bankModule(databases, options);
  return new Bank(await NestFactory.createApplicationContext(bank, { logger: false, abortOnError: false }));
}

/** The module of the bank, for an application of any kind. */
export function bankModule(databases: BankDatabases, options: BankOptions = {}): DynamicModule {
  const others = (options.others ?? []).map((providers): DynamicModule => {
    @Module({})
    class OtherModule {}
    return { module: OtherModule, providers };
  });
  return {
    module: BankModule,
    imports: [
      TypeOrmModule.forRoot({ name: 'command', ...databases.command }),
      TypeOrmModule.forRoot({ name: 'query', ...databases.query }),
      DurableCqrsModule.forRoot(options.settings ?? {}),
      DurableCqrsModule.forFeature(options.events ?? accountEvents),
      ...others,
    ],
    providers: [MoveMoneyHandler, BalancesProjection, Postman],
  };
}

export class Bank {
  constructor(readonly context: INestApplicationContext) {}

  get postman(): Postman {
    return this.context.get(Postman);
  }

  /** @returns the balance */
  async move(accountId: string, amount: number): Promise<number> {
    return this.context.get(CommandBus).execute(new MoveMoney(accountId, amount));
  }

  async stop(): Promise<void> {
    await this.context.close();
  }
}
