import { EventsHandler } from '@nestjs/cqrs';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { querySchema } from '../../../src/event-sourcing/index.js';
import type { RecordedEvent } from '../../../src/event-sourcing/kernel/recorded-event.js';
import {
  Projection,
  type RowsOf,
  type ViewsProjection,
} from '../../../src/event-sourcing/projections/projection.js';
import { ViewRows } from '../../../src/event-sourcing/projections/view-rows.js';
import { eventually } from '../../support/eventually.js';
import { append, Deposited, openLog, Withdrawn, write, type AccountEvent } from '../support/bank.js';
import { HandlerProcess, takeOver } from '../support/handler-process.js';
import { LogDatabase } from '../support/log-database.js';

@Entity({ name: 'statements' })
class Statement {
  @PrimaryColumn({ type: 'text' })
  readonly account!: string;
  @Column({ type: 'integer' })
  readonly movements!: number;
}

@Entity({ name: 'entries' })
class Entry {
  @PrimaryColumn({ type: 'text' })
  readonly account!: string;
  @PrimaryColumn({ type: 'integer' })
  readonly version!: number;
  @Column({ type: 'text' })
  readonly note!: string;
}

const CREATE = [
  'CREATE TABLE statements (account text PRIMARY KEY, movements integer NOT NULL)',
  'CREATE TABLE entries (account text, version integer, note text NOT NULL, PRIMARY KEY (account, version))',
];

const VIEWS = { statement: Statement, entries: [Entry] } as const;
type Rows = RowsOf<typeof VIEWS>;

/**
 * A deposit adds an entry, or renames those that have a note "rename"; a withdrawal removes the first `amount`
 * entries.
 */
@EventsHandler(Deposited, Withdrawn)
@Projection({ name: 'statements', views: VIEWS, key: 'account' })
class StatementsProjection implements ViewsProjection<typeof VIEWS, AccountEvent> {
  evolve({ statement, entries }: Rows, { stream, version, event }: RecordedEvent<AccountEvent>): Rows {
    const account = stream.slice('account-'.length);
    if (event.type === 'account.withdrawn' && event.amount < 0) return { statement: undefined, entries: [] };
    if ((statement?.movements ?? 0) !== version - 1) throw new Error(`${stream} misses an event.`);
    return {
      statement: { account, movements: version },
      entries: entriesAfter(entries, version, account, event),
    };
  }
}

function entriesAfter(
  entries: Rows['entries'],
  version: number,
  account: string,
  event: AccountEvent,
): Rows['entries'] {
  if (event.type === 'account.withdrawn') return entries.slice(event.amount);
  if (event.note !== 'rename') return [...entries, { account, version, note: event.note ?? '' }];
  return entries.map((entry) => (entry.version === event.amount ? { ...entry, note: 'renamed' } : entry));
}

let commands: LogDatabase;
let queries: LogDatabase;
let processes: HandlerProcess[];

async function connect(): Promise<ViewRows> {
  const entities = [...querySchema.entities, Statement, Entry];
  const dataSource = await new DataSource({ type: 'postgres', url: queries.url, entities }).initialize();
  const options = { name: 'statements', views: VIEWS, key: 'account' };
  return new ViewRows(options, new StatementsProjection(), dataSource);
}

beforeEach(async () => {
  [commands, queries] = await Promise.all([LogDatabase.create(), LogDatabase.create()]);
  for (const statement of CREATE) await queries.query(statement);
  processes = [];
});
afterEach(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await Promise.all([commands.drop(), queries.drop()]);
});

async function start(): Promise<HandlerProcess> {
  const process = await HandlerProcess.start({
    commandUrl: commands.url,
    queryUrl: queries.url,
    views: [Statement, Entry],
    handlers: [[new StatementsProjection(), Deposited, Withdrawn]],
  });
  processes.push(process);
  return process;
}

async function store(account: string, version: number, ...events: AccountEvent[]): Promise<void> {
  const log = openLog(commands.url);
  await log.append(append([write(`account-${account}`, version, events)])).result;
  await log.close();
}

const deposit = (note = '') => new Deposited({ amount: 1, note });
const rename = (version: number) => new Deposited({ amount: version, note: 'rename' });
const remove = (count: number) => new Withdrawn({ amount: count });

async function shows(
  account: string,
  movements: number | undefined,
  entries: [number, string][],
): Promise<void> {
  const expected = JSON.stringify({ movements: movements ?? null, entries });
  await eventually(
    `${account} to be ${expected}`,
    () =>
      queries.query<{ shown: unknown }>(
        `SELECT json_build_object('movements', (SELECT movements FROM statements WHERE account = $1), 'entries',
                (SELECT coalesce(json_agg(json_build_array(version, note) ORDER BY version), '[]') FROM entries WHERE account = $1)) AS shown`,
        [account],
      ),
    ([row]) => JSON.stringify(row?.shown) === expected,
  );
}

/** Which rows were ever written, by the transactions that wrote them. */
async function writesOf(account: string): Promise<Map<number, string>> {
  const rows = await queries.query<{ version: number; xmin: string }>(
    'SELECT version, xmin::text FROM entries WHERE account = $1',
    [account],
  );
  return new Map(rows.map(({ version, xmin }) => [version, xmin]));
}

describe('a projection of several views', () => {
  it('writes the rows that changed, and no others', async () => {
    await start();
    await store('a', 0, deposit('one'), deposit('two'), deposit('three'));
    await shows('a', 3, [
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ]);
    const before = await writesOf('a');
    await store('a', 3, rename(2), deposit('four'));
    await shows('a', 5, [
      [1, 'one'],
      [2, 'renamed'],
      [3, 'three'],
      [5, 'four'],
    ]);
    const after = await writesOf('a');
    expect(after.get(1)).toBe(before.get(1));
    expect(after.get(3)).toBe(before.get(3));
    expect(after.get(2)).not.toBe(before.get(2));
  });

  it('removes rows that disappeared, and does not touch those behind them', async () => {
    await start();
    await store('a', 0, deposit('one'), deposit('two'), deposit('three'));
    await store('b', 0, deposit('other'));
    await shows('a', 3, [
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ]);
    const before = await writesOf('a');
    await store('a', 3, remove(2));
    await shows('a', 4, [[3, 'three']]);
    expect((await writesOf('a')).get(3)).toBe(before.get(3));
    await store('a', 4, new Withdrawn({ amount: -1 }));
    await shows('a', undefined, []);
    await shows('b', 1, [[1, 'other']]);
  });

  it('goes on from rows that another process has written', async () => {
    const first = await start();
    await store('a', 0, deposit('one'), deposit('two'));
    await shows('a', 2, [
      [1, 'one'],
      [2, 'two'],
    ]);
    await first.stop();
    processes = [];
    await start();
    await store('a', 2, remove(1), deposit('three'));
    await shows('a', 4, [
      [2, 'two'],
      [4, 'three'],
    ]);
  });

  it('writes nothing once it was taken over', async () => {
    const process = await start();
    await store('a', 0, deposit('one'));
    await shows('a', 1, [[1, 'one']]);
    await takeOver(queries);
    await store('a', 1, remove(1), deposit('two'));
    await process.logs('"statements" goes on in another process');
    await shows('a', 1, [[1, 'one']]);
  });

  it('parks by key, which is the id of the stream, while other keys go on', async () => {
    await start();
    await store('a', 1, deposit('never begun')); // refused: its stream begins at 0
    await store('b-1', 0, deposit('one'), new Withdrawn({ amount: -1 }), deposit('too late'));
    await store('c', 0, deposit('one'));
    await shows('c', 1, [[1, 'one']]);
    await shows('b-1', undefined, []);
    expect(await queries.query('SELECT DISTINCT key FROM parked_event')).toEqual([{ key: 'b-1' }]);
  });

  it('is read with its checkpoint in one snapshot', async () => {
    await start();
    await store('a', 0, deposit('one'), deposit('two'));
    await shows('a', 2, [
      [1, 'one'],
      [2, 'two'],
    ]);
    const rows = await connect();
    expect(await rows.read('a')).toEqual({
      rows: {
        statement: { account: 'a', movements: 2 },
        entries: [
          { account: 'a', version: 1, note: 'one' },
          { account: 'a', version: 2, note: 'two' },
        ],
      },
      position: 2,
      writer: expect.stringMatching(/^1 /) as string,
      release: expect.any(String) as string,
      isHeldUp: false,
    });
    expect(await rows.read('nobody')).toEqual({
      rows: { statement: undefined, entries: [] },
      position: 2,
      writer: expect.stringMatching(/^1 /) as string,
      release: expect.any(String) as string,
      isHeldUp: false,
    });
    await rows.dataSource.destroy();
  });

  it('is read for many keys at once', async () => {
    await start();
    await store('a', 0, deposit('one'), deposit('two'));
    await store('b', 0, deposit('one'));
    await store('c', 0, deposit('one'), new Withdrawn({ amount: -1 }), deposit('too late'));
    await store('d', 0, deposit('one'));
    await shows('d', 1, [[1, 'one']]);
    await eventually(
      'the event to be parked',
      () => queries.query('SELECT FROM parked_event'),
      (parked) => parked.length === 1,
    );
    const rows = await connect();
    const found = await Promise.all(['b', 'a', 'c', 'a', 'nobody'].map((key) => rows.read(key)));
    const shown = found.map(({ rows: own, isHeldUp }) => {
      const { statement, entries } = own as Rows;
      return [statement?.movements, entries.map(({ note }) => note), isHeldUp];
    });
    expect(shown).toEqual([
      [1, ['one'], false],
      [2, ['one', 'two'], false],
      [undefined, [], true],
      [2, ['one', 'two'], false],
      [undefined, [], false],
    ]);
    await rows.dataSource.destroy();
  });
});
