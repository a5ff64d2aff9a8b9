import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  commandSchema,
  DurableCqrsModule,
  querySchema,
  type DurableCqrsOptions,
  type FeatureDefinitions,
} from '../../../src/event-sourcing/index.js';
import { Deposited, PriceSet, Withdrawn } from './bank.js';
import type { LogDatabase } from './log-database.js';
import { Balance } from './views.js';

export interface AppParts {
  readonly providers?: readonly Provider[];
  readonly imports?: readonly (Type | DynamicModule)[];
  readonly definitions?: Partial<FeatureDefinitions>;
  readonly settings?: Partial<DurableCqrsOptions>;
}

/** An application on one database, as somebody would put it together. It is not started yet. */
export async function compileApp(
  { url }: Pick<LogDatabase, 'url'>,
  { providers = [], imports = [], definitions = {}, settings = {} }: AppParts,
): Promise<TestingModule> {
  const connection = { type: 'postgres', url } as const;
  @Module({
    imports: [
      TypeOrmModule.forRoot({ ...connection, name: 'command', entities: commandSchema.entities }),
      TypeOrmModule.forRoot({ ...connection, name: 'query', entities: [...querySchema.entities, Balance] }),
      DurableCqrsModule.forRoot(settings),
      DurableCqrsModule.forFeature({ events: [Deposited, Withdrawn, PriceSet], ...definitions }),
      ...imports,
    ],
    providers: [...providers],
  })
  class App {}
  return Test.createTestingModule({ imports: [App] }).compile();
}
