import { DataSource, Column, Entity, PrimaryColumn } from 'typeorm';
import { EventsHandler } from '@nestjs/cqrs';
import type { RecordedEvent } from '../../../src/event-sourcing/kernel/recorded-event.js';
import { Projection, type ViewProjection } from '../../../src/event-sourcing/projections/projection.js';
import { FIRST_WORK_PARAMETER } from '../../../src/event-sourcing/subscriptions/checkpoint-move.js';
import { ViewRows } from '../../../src/event-sourcing/projections/view-rows.js';
import { ViewWriter } from '../../../src/event-sourcing/projections/view-writer.js';
import { eventually } from '../../support/eventually.js';
import { append, Deposited, openLog, Withdrawn, write, type AccountEvent } from '../support/bank.js';
import { HandlerProcess, takeOver } from '../support/handler-process.js';
import { LogDatabase } from '../support/log-database.js';

/** One column of each kind that views are made of. */
@Entity({ name: 'sample' })
class Sample {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;
  @Column({ type: 'text', nullable: true })
  readonly note!: string | null;
  @Column({ name: 'a_number', type: 'integer' })
  readonly number!: number;
  @Column({
    type: 'bigint',
    transformer: { to: (value: number) => value, from: (value: string) => Number(value) },
  })
  readonly big!: number;
  @Column({ type: 'boolean' })
  readonly flag!: boolean;
  @Column({ type: 'jsonb' })
  readonly document!: unknown;
  @Column({ type: 'text', array: true })
  readonly tags!: string[];
  @Column({ type: 'timestamptz', precision: 3 })
  readonly at!: Date;
}

const CREATE_SAMPLE = `CREATE TABLE sample (id uuid PRIMARY KEY, note text, a_number integer NOT NULL, big bigint NOT NULL,
  flag boolean NOT NULL, document jsonb NOT NULL, tags text[] NOT NULL, at timestamptz(3) NOT NULL)`;

/** A deposit shows a row, a withdrawal removes it. */
@EventsHandler(Deposited, Withdrawn)
@Projection({ name: 'samples', view: Sample })
class SampleProjection implements ViewProjection<Sample, AccountEvent> {
  keyOf({ stream }: RecordedEvent<AccountEvent>): string {
    return stream.slice('account-'.length);
  }

  evolve(row: Sample | undefined, recorded: RecordedEvent<AccountEvent>): Sample | undefined {
    const { event, occurredAt } = recorded;
    if (event.type === 'account.withdrawn') return undefined;
    return {
      id: this.keyOf(recorded),
      note: event.note ?? null,
      number: (row?.number ?? 0) + 1,
      big: Number.MAX_SAFE_INTEGER,
      flag: event.amount > 0,
      document: { note: event.note, list: [1, 'two', null], text: '{"not":"a document"}' },
      tags: ['a,b', '{c}', '"d"', 'NULL', '', event.note ?? 'none'],
      at: occurredAt,
    };
  }
}

const ID = '0190a000-0000-7000-8000-00000000000a';
const OTHER_ID = '0190a000-0000-7000-8000-00000000000b';

let commands: LogDatabase;
let queries: LogDatabase;
let running: HandlerProcess | undefined;
beforeEach(async () => {
  [commands, queries] = await Promise.all([LogDatabase.create(), LogDatabase.create()]);
  await queries.query(CREATE_SAMPLE);
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await Promise.all([commands.drop(), queries.drop()]);
});

async function start(): Promise<HandlerProcess> {
  running = await HandlerProcess.start({
    commandUrl: commands.url,
    queryUrl: queries.url,
    views: [Sample],
    handlers: [[new SampleProjection(), Deposited, Withdrawn]],
  });
  return running;
}

async function store(id: string, version: number, ...events: AccountEvent[]): Promise<void> {
  const log = openLog(commands.url);
  await log.append(append([write(`account-${id}`, version, events)])).result;
  await log.close();
}

async function shown(id: string, number: number | undefined): Promise<void> {
  await eventually(
    `row ${id} to be at ${number ?? 'nothing'}`,
    () => queries.query<{ a_number: number }>('SELECT a_number FROM sample WHERE id = $1', [id]),
    (rows) => rows[0]?.a_number === number,
  );
}

it('rows are read as they were written, whatever their values', async () => {
  const note = 'Zoë 漢字 🛒 "quoted" \\ \\N {a,b} NULL';
  await start();
  await store(ID, 0, new Deposited({ amount: 1, note }));
  await store(OTHER_ID, 0, new Deposited({ amount: -1 }));
  await shown(ID, 1);
  await shown(OTHER_ID, 1);
  const dataSource = await new DataSource({
    type: 'postgres',
    url: queries.url,
    entities: [Sample],
  }).initialize();
  const rows = await dataSource.getRepository(Sample).find({ order: { id: 'ASC' } });
  await dataSource.destroy();
  const log = openLog(commands.url);
  const [first, second] = await log.readRange(0, 2, 2);
  await log.close();
  const common = { number: 1, big: Number.MAX_SAFE_INTEGER };
  expect(rows).toEqual([
    {
      ...common,
      id: ID,
      note,
      flag: true,
      document: { note, list: [1, 'two', null], text: '{"not":"a document"}' },
      tags: ['a,b', '{c}', '"d"', 'NULL', '', note],
      at: first?.occurredAt,
    },
    {
      ...common,
      id: OTHER_ID,
      note: null,
      flag: false,
      document: { list: [1, 'two', null], text: '{"not":"a document"}' },
      tags: ['a,b', '{c}', '"d"', 'NULL', '', 'none'],
      at: second?.occurredAt,
    },
  ]);
});

it('a row is removed when the projection returns none, and other rows stay', async () => {
  await start();
  await store(ID, 0, new Deposited({ amount: 1 }));
  await store(OTHER_ID, 0, new Deposited({ amount: 1 }));
  await shown(ID, 1);
  await store(ID, 1, new Withdrawn({ amount: 1 }));
  await shown(ID, undefined);
  await shown(OTHER_ID, 1);
  // Begun anew, not from what was remembered of it.
  await store(ID, 2, new Deposited({ amount: 1 }));
  await shown(ID, 1);
  await store(
    ID,
    3,
    new Deposited({ amount: 1 }),
    new Withdrawn({ amount: 1 }),
    new Deposited({ amount: 1 }),
  );
  await store(ID, 6, new Deposited({ amount: 1 }));
  await shown(ID, 2);
});

it('a row that is not in memory is loaded before it is changed', async () => {
  const first = await start();
  await store(ID, 0, new Deposited({ amount: 1 }));
  await shown(ID, 1);
  await first.stop();
  await start();
  await store(ID, 1, new Deposited({ amount: 1 }));
  await shown(ID, 2);
});

it('a process that was fenced off removes no row either', async () => {
  const process = await start();
  await store(ID, 0, new Deposited({ amount: 1 }));
  await shown(ID, 1);
  await takeOver(queries);
  await store(ID, 1, new Withdrawn({ amount: 1 }));
  await process.logs('"samples" goes on in another process');
  await shown(ID, 1);
});

it('removing rows does not read the whole table', async () => {
  const dataSource = await new DataSource({
    type: 'postgres',
    url: queries.url,
    entities: [Sample],
  }).initialize();
  const rows = new ViewRows({ name: 'samples', view: Sample }, new SampleProjection(), dataSource);
  const writer = new ViewWriter(rows, await rows.check());
  const gone = { id: ID, number: 1, big: 1, flag: true, document: {}, tags: [], at: new Date() };
  const { sql, values, name } = writer.write([{ key: '', before: gone, after: undefined }]);
  // Planned each time, so with the size that the table has.
  expect(name).toBeUndefined();
  await queries.query(
    `INSERT INTO sample SELECT gen_random_uuid(), '', 1, 1, true, '{}', '{}', now() FROM generate_series(1, 3000)`,
  );
  // Instead of the parts that move the checkpoint.
  const before = Array.from({ length: FIRST_WORK_PARAMETER - 1 }, (_, index) => `$${index + 1}::int`);
  const moved = `WITH moved AS (SELECT ${before.join(', ')})`;
  const plan = await queries.query(`EXPLAIN ${moved} ${sql} SELECT FROM moved`, [
    ...before.map(() => null),
    ...values,
  ]);
  expect(JSON.stringify(plan)).not.toContain('Seq Scan on sample');
  await dataSource.destroy();
});
