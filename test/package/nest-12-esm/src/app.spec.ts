import { setTimeout } from 'node:timers/promises';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { Test, type TestingModule } from '@nestjs/testing';
import { startPostgres, type RunningPostgres } from 'durable-cqrs/postgres';
import { AppModule } from './app.module.js';
import { Enrol, Leave, OpenCourse } from './commands.js';
import { GetRoster } from './rosters.js';

let server: RunningPostgres | undefined;
let app: TestingModule | undefined;

/** Starts the application, or starts it again on the same database. */
async function start(): Promise<{ commands: CommandBus; queries: QueryBus }> {
  await app?.close();
  server ??= await startPostgres({ dataDir: '.data/test' });
  app = await Test.createTestingModule({ imports: [AppModule.at(server.url)] }).compile();
  await app.init();
  return { commands: app.get(CommandBus), queries: app.get(QueryBus) };
}

afterAll(async () => {
  await app?.close();
  await server?.stop();
}, 60_000);

it('enrols students up to the capacity, and fills a seat that becomes free', async () => {
  const { commands, queries } = await start();
  await commands.execute(new OpenCourse('c1', 2));
  const enrolled = await Promise.all(['ann', 'bob', 'cy'].map((id) => commands.execute(new Enrol('c1', id))));
  expect(enrolled).toEqual(['enrolled', 'enrolled', 'queued']);
  expect(await queries.execute(new GetRoster('c1'))).toEqual(['ann', 'bob']);

  await commands.execute(new Leave('c1', 'ann'));
  let roster = await queries.execute(new GetRoster('c1'));
  while (roster.length < 2) {
    await setTimeout(10);
    roster = await queries.execute(new GetRoster('c1'));
  }
  expect(roster).toEqual(['bob', 'cy']);
}, 60_000);

it('has the same state after a restart', async () => {
  const { commands, queries } = await start();
  expect(await queries.execute(new GetRoster('c1'))).toEqual(['bob', 'cy']);
  expect(await commands.execute(new Enrol('c1', 'dee'))).toBe('queued');
}, 60_000);
