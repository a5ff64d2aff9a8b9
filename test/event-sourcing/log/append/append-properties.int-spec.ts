import fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import { faultsOf, type Attempt } from '../../support/append-history.js';
import { AppendWriter, type Wish } from '../../support/append-writer.js';
import { openLog } from '../../support/bank.js';
import { LogDatabase } from '../../support/log-database.js';

const RUNS = Number(process.env['APPEND_RUNS'] ?? 60);
const STREAMS = 5;

const stream = fc.nat(STREAMS - 1);
const offset = fc.constantFrom(...Array<number>(18).fill(0), -1, 1);
const builds = fc.constantFrom(true, true, true, false);
/** One event, as most appends are; it goes a shorter way where it is alone. */
const simple: fc.Arbitrary<Wish> = fc.record({
  writes: stream.map((one) => [{ stream: one, events: 1 }]),
  reads: fc.uniqueArray(stream, { maxLength: 2 }),
  offset,
  builds,
  command: fc.constant(undefined),
});
const general: fc.Arbitrary<Wish> = fc.record({
  writes: fc.uniqueArray(fc.record({ stream, events: fc.nat(2) }), {
    minLength: 1,
    maxLength: 3,
    selector: (one) => one.stream,
  }),
  reads: fc.uniqueArray(stream, { maxLength: 2 }),
  offset,
  builds,
  command: fc.option(fc.nat(9), { freq: 6, nil: undefined }),
});
const wish = fc.oneof(simple, general);
const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        does: fc.constant('append' as const),
        process: fc.constantFrom(0, 0, 0, 1),
        wish,
      }),
    },
    { weight: 2, arbitrary: fc.constant({ does: 'turn' as const }) },
    { weight: 2, arbitrary: fc.constant({ does: 'wait' as const }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('refresh' as const), process: fc.nat(1) }) },
  ),
  { minLength: 5, maxLength: 80 },
);

let database: LogDatabase;
beforeAll(async () => {
  database = await LogDatabase.create();
});
afterAll(async () => {
  await database.drop();
});

/** The outcomes of appends by two processes, and what is wrong with them. */
async function play(
  run: string,
  script: typeof steps extends fc.Arbitrary<infer Steps> ? Steps : never,
  maxBatchSize: number,
): Promise<{ attempts: Attempt[]; faults: string[] }> {
  const logs = [1, 2].map(() => openLog(database.url, { maxBatchSize }));
  let time = 0;
  const writers = logs.map((log) => new AppendWriter(log, run, () => (time += 1)));
  const attempts: Attempt[] = [];
  let open: Promise<void>[] = [];
  for (const step of script) {
    if (step.does === 'append') {
      const sent = writers[step.process]?.send(step.wish);
      if (!sent) throw new Error('There are two processes.');
      attempts.push(sent.attempt);
      open.push(sent.done);
    } else if (step.does === 'refresh') await writers[step.process]?.refresh();
    else if (step.does === 'turn') await turn();
    else {
      await Promise.all(open);
      open = [];
    }
  }
  await Promise.all(open);
  await Promise.all(logs.map((log) => log.close()));
  const rows = (await database.rows()).filter((row) => row.stream.startsWith(`${run}-`));
  return { attempts, faults: faultsOf(attempts, rows) };
}

it('whatever two processes append at once, the outcome is that of some serial order, atomic and deduplicated', async () => {
  let runs = 0;
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(2, 4, 256), async (script, maxBatchSize) => {
      runs += 1;
      const { attempts, faults } = await play(`run${runs}`, script, maxBatchSize);
      expect(faults).toEqual([]);
      for (const { status, buildsOn, append } of attempts) {
        const kind = `${status ?? 'open'}${buildsOn.length > 0 ? ' on others' : ''}${append.writes.length > 1 ? ', several streams' : ''}`;
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }
    }),
    { numRuns: RUNS },
  );
  process.stdout.write(`${JSON.stringify(Object.fromEntries(seen))}\n`);
  for (const kind of ['appended', 'conflict', 'appended on others', 'appended on others, several streams'])
    expect([kind, seen.get(kind) ?? 0]).not.toEqual([kind, 0]);
  expect([...seen.keys()].filter((kind) => kind.startsWith('repeated'))).not.toHaveLength(0);
}, 300_000);
