import { NestFactory } from '@nestjs/core';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { startPostgres } from 'durable-cqrs/postgres';
import { AppModule } from './app.module.js';
import { Enrol, OpenCourse } from './commands.js';
import { GetRoster } from './rosters.js';

const server = await startPostgres({ dataDir: '.data/main' });
const app = await NestFactory.createApplicationContext(AppModule.at(server.url), {
  logger: ['error'],
});
const commands = app.get(CommandBus);
await commands.execute(new OpenCourse('c1', 1));
console.log(`ann is ${await commands.execute(new Enrol('c1', 'ann'))}`);
console.log(`bob is ${await commands.execute(new Enrol('c1', 'bob'))}`);
console.log(`roster: ${(await app.get(QueryBus).execute(new GetRoster('c1'))).join(', ')}`);
await app.close();
await server.stop();
