import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { commandSchema, DurableCqrsModule, querySchema } from '../../../dist/event-sourcing/index.js';

// One process of an application that knows nothing but the module. COMMAND_URL and QUERY_URL say where its databases are.

const [commandUrl, queryUrl] = [process.env.COMMAND_URL, process.env.QUERY_URL];
const dataSource = (name, url, schema) =>
  TypeOrmModule.forRoot({
    name,
    type: 'postgres',
    url,
    ...schema,
    retryAttempts: 0,
    ...JSON.parse(process.env.OPTIONS ?? '{}'),
  });

class App {}
Module({
  imports: [
    dataSource('command', commandUrl, commandSchema),
    dataSource('query', queryUrl, querySchema),
    DurableCqrsModule.forRoot({}),
  ],
})(App);

const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false }).catch(
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
await app.close();
