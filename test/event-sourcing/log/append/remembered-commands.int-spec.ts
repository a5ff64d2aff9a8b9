import { v7 as uuidv7 } from 'uuid';
import type {
  Append,
  AppendResult,
  RememberedCommand,
} from '../../../../src/event-sourcing/log/append/append.js';
import type { EventLog } from '../../../../src/event-sourcing/log/event-log.js';
import { append, openLog, write } from '../../support/bank.js';
import { LogDatabase } from '../../support/log-database.js';
import { companion, ways } from '../../support/ways.js';

const APPENDED = { status: 'appended' };

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

function remember(
  what: Append,
  fingerprint = 'f',
  id = uuidv7(),
): Append & { readonly command: RememberedCommand } {
  return { ...what, command: { id, fingerprint, outcome: { of: fingerprint, list: [1, null, 'ü'] } } };
}

const repeated = (fingerprint = 'f'): AppendResult => ({
  status: 'repeated',
  fingerprint,
  outcome: { of: fingerprint, list: [1, null, 'ü'] },
});

describe.each(ways)('a remembered command that is sent $name', (way) => {
  const run = (what: Append): Promise<AppendResult> => way.run(what, log, database);
  const stream = (): string => `account-${uuidv7()}`;

  it('has its first outcome when it is sent again, under whatever version', async () => {
    const name = stream();
    const first = remember(append([write(name, 0)]), 'the first');
    expect(await run(first)).toMatchObject(APPENDED);
    for (const version of [0, 1, 7]) {
      const again = remember(append([write(name, version)]), 'another', first.command.id);
      expect(await run(again)).toEqual(repeated('the first'));
    }
    expect(await log.streamVersion(name)).toBe(1);
  });

  it('is remembered though it changed nothing', async () => {
    const name = stream();
    const first = remember(append([write(name, 0, 0)], [{ stream: 'product-1', version: 0 }]));
    expect(await run(first)).toMatchObject(APPENDED);
    expect(await run(remember(append([write(name, 0)]), 'f', first.command.id))).toEqual(repeated());
    expect(await log.streamVersion(name)).toBe(0);
  });

  it('is remembered though it concerns no stream', async () => {
    const first = remember(append([]));
    expect(await run(first)).toMatchObject(APPENDED);
    expect(await run(first)).toEqual(repeated());
  });

  it('is not remembered when it was refused', async () => {
    const name = stream();
    const first = remember(append([write(name, 3)]));
    expect(await run(first)).toEqual({ status: 'conflict' });
    expect(await run(remember(append([write(name, 0)]), 'f', first.command.id))).toMatchObject(APPENDED);
  });
});

describe('one command id that is sent several times at once', () => {
  it('takes effect once within a process, and fails no neighbour', async () => {
    const id = uuidv7();
    const names = Array.from({ length: 10 }, (_, index) => `account-${id}-${index}`);
    const pending = names.map((name) => log.append(remember(append([write(name, 0)]), name, id)));
    const neighbours = names.map(() => log.append(companion()));
    const results = await Promise.all(pending.map(({ result }) => result));
    expect(results).toMatchObject([APPENDED, ...names.slice(1).map(() => repeated(names[0]))]);
    expect(await Promise.all(neighbours.map(({ result }) => result))).toMatchObject(
      names.map(() => APPENDED),
    );
    expect(await Promise.all(names.map((name) => log.streamVersion(name)))).toEqual([
      1,
      ...Array<number>(9).fill(0),
    ]);
  });

  it('takes effect once across processes', async () => {
    const other = openLog(database.url);
    for (let round = 0; round < 40; round += 1) {
      const id = uuidv7();
      const results = await Promise.all(
        [log, other, log, other].map(
          (process, index) =>
            process.append(remember(append([write(`account-${id}-${index}`, 0)]), `${index}`, id)).result,
        ),
      );
      expect(results.map(({ status }) => status).sort()).toEqual([
        'appended',
        'repeated',
        'repeated',
        'repeated',
      ]);
      const winner = results.findIndex(({ status }) => status === 'appended');
      for (const result of results)
        if (result.status === 'repeated') expect(result).toEqual(repeated(`${winner}`));
    }
    await other.close();
  });
});
