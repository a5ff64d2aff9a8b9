import type { Append, AppendResult } from '../../../../src/event-sourcing/log/append/append.js';
import type { EventLog } from '../../../../src/event-sourcing/log/event-log.js';
import {
  append,
  Deposited,
  METADATA,
  newEvent,
  openLog,
  PriceSet,
  Withdrawn,
  write,
} from '../../support/bank.js';
import { LogDatabase } from '../../support/log-database.js';
import { ways } from '../../support/ways.js';

const APPENDED = { status: 'appended' };
const CONFLICT = { status: 'conflict' };

let database: LogDatabase;
let log: EventLog;
beforeAll(async () => {
  database = await LogDatabase.create();
  log = openLog(database.url);
});
afterAll(async () => {
  await log.close();
  await database.drop();
});

describe.each(ways)('an append that is sent $name', (way) => {
  let streams = 0;
  /** Where the events were stored, the log tells as well. */
  const run = async (what: Append): Promise<AppendResult> => {
    const result = await way.run(what, log, database);
    if (result.status !== 'appended' || !result.positions) return result;
    const { positions, ...rest } = result;
    const ids = what.writes.flatMap(({ events }) => events.map(({ id }) => id));
    expect((await log.readPositions(positions)).map(({ id }) => id)).toEqual(ids);
    return rest;
  };
  /** A stream of this test's own with some events in it. */
  const streamWith = async (events: number): Promise<string> => {
    streams += 1;
    const stream = `account-${way.name}-${streams}`;
    if (events > 0) await log.append(append([write(stream, 0, events)])).result;
    return stream;
  };
  const versions = async (...names: string[]): Promise<number[]> =>
    Promise.all(names.map((stream) => log.streamVersion(stream)));

  it('begins a stream that does not exist', async () => {
    const stream = await streamWith(0);
    expect(await run(append([write(stream, 0)]))).toMatchObject(APPENDED);
    expect(await versions(stream)).toEqual([1]);
  });

  it('continues a stream at its version', async () => {
    const stream = await streamWith(2);
    expect(await run(append([write(stream, 2, 3)]))).toMatchObject(APPENDED);
    expect((await log.readStream(stream)).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([
    ['that does not exist yet and does', 2, 0],
    ['at a version that is past', 3, 2],
    ['at a version that is still to come', 1, 2],
    ['at a version of a stream that does not exist', 0, 1],
  ])('is refused for a stream %s', async (_, actual, expected) => {
    const stream = await streamWith(actual);
    expect(await run(append([write(stream, expected)]))).toEqual(CONFLICT);
    expect(await versions(stream)).toEqual([actual]);
  });

  it('writes several streams together', async () => {
    const [one, two] = [await streamWith(1), await streamWith(0)];
    expect(await run(append([write(one, 1, 2), write(two, 0)]))).toMatchObject(APPENDED);
    expect(await versions(one, two)).toEqual([3, 1]);
  });

  it('writes none of several streams when one of them has moved on', async () => {
    const [one, two, three] = [await streamWith(1), await streamWith(2), await streamWith(0)];
    expect(await run(append([write(one, 1), write(two, 1), write(three, 0)]))).toEqual(CONFLICT);
    expect(await versions(one, two, three)).toEqual([1, 2, 0]);
  });

  it('is stored while the streams that it only read are where it saw them', async () => {
    const [read, none, written] = [await streamWith(2), await streamWith(0), await streamWith(0)];
    const conditions = [
      { stream: read, version: 2 },
      { stream: none, version: 0 },
    ];
    expect(await run(append([write(written, 0)], conditions))).toMatchObject(APPENDED);
    expect(await versions(read, none, written)).toEqual([2, 0, 1]);
  });

  it.each([
    ['moved on', 3, 2],
    ['appeared', 1, 0],
  ])('is refused when a stream that it only read has %s', async (_, actual, seen) => {
    const [read, written] = [await streamWith(actual), await streamWith(0)];
    expect(await run(append([write(written, 0)], [{ stream: read, version: seen }]))).toEqual(CONFLICT);
    expect(await versions(written)).toEqual([0]);
  });

  it('is a mere question about versions when it has no events', async () => {
    const stream = await streamWith(2);
    expect(await run(append([write(stream, 2, 0)]))).toMatchObject(APPENDED);
    expect(await run(append([write(stream, 1, 0)]))).toEqual(CONFLICT);
    expect(await run(append([], [{ stream, version: 2 }]))).toMatchObject(APPENDED);
    expect(await run(append([], [{ stream, version: 3 }]))).toEqual(CONFLICT);
  });

  it('never occurs before the event that it follows', async () => {
    const stream = await streamWith(0);
    const noon = new Date('2030-01-01T12:00:00.007Z');
    const justBefore = new Date(noon.getTime() - 1);
    await log.append(append([write(stream, 0, 1, noon)])).result;
    expect(await run(append([write(stream, 1, 1, justBefore)]))).toEqual(CONFLICT);
    expect(await run(append([write(stream, 1, 1, noon)]))).toMatchObject(APPENDED);
    expect((await log.readStream(stream)).map(({ occurredAt }) => occurredAt)).toEqual([noon, noon]);
  });

  it('comes back as it was written', async () => {
    const stream = await streamWith(0);
    const events = [
      new Deposited({ amount: Number.MAX_SAFE_INTEGER, note: 'Zoë 漢字 🛒 "quoted" \\ {a,b} NULL' }),
    ];
    const what = append([write(stream, 0, events, new Date('1999-12-31T23:59:59.999Z'))]);
    await run(what);
    const [read] = await log.readStream(stream);
    expect(read).toMatchObject({
      stream,
      version: 1,
      id: what.writes[0]?.events[0]?.id,
      occurredAt: new Date('1999-12-31T23:59:59.999Z'),
      metadata: METADATA,
    });
    expect(read?.event).toBeInstanceOf(Deposited);
    expect(read?.event).toEqual(events[0]);
  });

  it('is stored once when it is sent again, whatever has happened since', async () => {
    const [read, loaded, one, two] = [
      await streamWith(1),
      await streamWith(1),
      await streamWith(0),
      await streamWith(0),
    ];
    const single = append([write(one, 0)], [{ stream: read, version: 1 }]);
    const wide = append([write(loaded, 1, 0), write(two, 0, 2)], [{ stream: read, version: 1 }]);
    expect(await run(single)).toMatchObject(APPENDED);
    expect(await run(wide)).toMatchObject(APPENDED);
    await log.append(append([write(read, 1), write(loaded, 1)])).result;
    await log.append(append([write(one, 1), write(two, 2)])).result;
    expect(await run(single)).toMatchObject(APPENDED);
    expect(await run(wide)).toMatchObject(APPENDED);
    expect(await versions(one, two)).toEqual([2, 3]);
  });

  it('draws no position when it is refused', async () => {
    const stream = await streamWith(1);
    const drawn = async (): Promise<number> =>
      (await database.query<{ last: number }>('SELECT last_value::float8 AS last FROM event_position'))[0]
        ?.last ?? 0;
    const before = await drawn();
    const companions = async (): Promise<number> =>
      (
        await database.query(`SELECT 1 FROM event_log WHERE position > $1 AND stream LIKE 'companion-%'`, [
          before,
        ])
      ).length;
    expect(await run(append([write(stream, 0, 3)]))).toEqual(CONFLICT);
    expect(await run(append([write(stream, 1)], [{ stream: 'product-none', version: 1 }]))).toEqual(CONFLICT);
    expect((await drawn()) - before).toBe(await companions());
  });

  it('gives the events of a stream rising positions, in the order of their versions', async () => {
    const [one, two] = [await streamWith(0), await streamWith(0)];
    const events = [new Deposited({ amount: 5 }), new Withdrawn({ amount: 2 }), new PriceSet({ price: 7 })];
    await run(append([write(two, 0, events), write(one, 0, events)]));
    for (const stream of [one, two]) {
      const read = await log.readStream(stream);
      expect(read.map(({ event }) => event)).toEqual(events);
      expect(read.map(({ position }) => position)).toEqual(
        read.map(({ position }) => position).sort((a, b) => a - b),
      );
    }
  });

  it('refuses an event id that another stream has taken, and stores nothing', async () => {
    const [one, two] = [await streamWith(0), await streamWith(0)];
    const taken = newEvent(new Deposited({ amount: 1 }));
    const occurredAt = new Date();
    await log.append(append([{ stream: one, expectedVersion: 0, events: [taken], occurredAt }])).result;
    await expect(
      run(append([{ stream: two, expectedVersion: 0, events: [taken], occurredAt }])),
    ).rejects.toMatchObject({ constraint: 'event_log_id_key' });
    expect(await versions(two)).toEqual([0]);
  });
});
