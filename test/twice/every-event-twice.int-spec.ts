import { EventLog, EventRegistry, SubscriptionRunner } from '../../src/event-sourcing/index.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { history, store, type Tale } from './history.js';
import { caughtUp, classesThatHear, effects, quiet, rowsOfViews, startService } from './service-app.js';
import { holdCommands, Twice } from './twice.js';

let databases: TestDatabase[];
beforeEach(() => {
  databases = [];
});
afterEach(async () => {
  await Promise.all(databases.map((database) => database.drop()));
});

async function database(purpose: string): Promise<string> {
  const made = await createDatabase(purpose);
  databases.push(made);
  return made.url;
}

/** What a service makes of a history, on databases of its own. */
async function live(tales: (registry: EventRegistry) => readonly Tale[]) {
  const [command, query] = [await database('twice_command'), await database('twice_query')];
  const app = await startService({ command, query });
  const letCommandsRun = holdCommands();
  try {
    await store(app.get(EventLog), tales(app.get(EventRegistry)));
    await caughtUp(app);
    letCommandsRun();
    await quiet(app);
    const heard = new Map(
      app.get(SubscriptionRunner).subscriptions.map(({ options }) => [options.name, options.events] as const),
    );
    return { command, query, heard, classes: classesThatHear(app), types: app.get(EventRegistry).types };
  } finally {
    letCommandsRun();
    await app.close();
  }
}

it('the service ends in the same state when every handler and saga gets every event twice', async () => {
  const now = new Date();
  const tales = (registry: EventRegistry) => history(registry, now);
  const once = await live(tales);
  const twice = new Twice();
  const lived = await live(tales).finally(() => {
    twice.end();
  });

  // All that Nest knows of was there, and heard of all that can happen, each event at least twice.
  expect(lived.classes.length).toBeGreaterThan(0);
  expect(lived.heard.size).toBe(lived.classes.length);
  const { events, ...others } = await effects(lived.command);
  const stored = events as { type: string; metadata: { commandId: string } }[];
  expect(new Set(stored.map(({ type }) => type))).toEqual(new Set(lived.types));
  for (const [name, wanted] of lived.heard) {
    const types = wanted === 'all' ? lived.types : wanted.map(({ type }) => type);
    const due = stored.filter(({ type }) => types.includes(type)).length;
    const counts = [...twice.deliveries]
      .filter(([key]) => key.startsWith(`${name} `))
      .map(([, count]) => count);
    expect([name, counts.length]).toEqual([name, due]);
    expect([name, Math.min(...counts) >= 2]).toEqual([name, true]);
  }
  expect(twice.commands.size).toBeGreaterThan(0);
  expect(twice.zombies).toEqual([]);

  // What came of it is what comes of it when all goes well.
  expect({ events, ...others }).toEqual(await effects(once.command));
  expect(others['parked']).toEqual([]);
  const query = await database('twice_replayed');
  const replay = await startService({ command: lived.command, query });
  await quiet(replay).finally(() => replay.close());
  const views = await rowsOfViews(lived.query);
  expect(Object.values(views).every((rows) => rows.length > 0)).toBe(true);
  expect(views).toEqual(await rowsOfViews(query));
});
