import { EventsHandler } from '@nestjs/cqrs';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RecordedEvent } from '../../../src/event-sourcing/kernel/recorded-event.js';
import {
  Projection,
  type RowsOf,
  type ViewKey,
  type ViewsProjection,
} from '../../../src/event-sourcing/projections/projection.js';
import { eventually } from '../../support/eventually.js';
import { append, Deposited, openLog, write } from '../support/bank.js';
import { HandlerProcess } from '../support/handler-process.js';
import { LogDatabase } from '../support/log-database.js';

/** Days of an account, in a schema of their own, by a key of two columns. */
@Entity({ name: 'days', schema: 'shop' })
class Day {
  @PrimaryColumn({ type: 'text' })
  readonly account!: string;
  @PrimaryColumn({ type: 'integer' })
  readonly day!: number;
  @Column({ type: 'integer' })
  readonly total!: number;
}

@Entity({ name: 'deposits', schema: 'shop' })
class Deposit {
  @PrimaryColumn({ type: 'text' })
  readonly account!: string;
  @PrimaryColumn({ type: 'integer' })
  readonly day!: number;
  @PrimaryColumn({ type: 'integer' })
  readonly version!: number;
}

const CREATE = `
  CREATE SCHEMA shop;
  CREATE TABLE shop.days (account text, day integer, total integer NOT NULL, PRIMARY KEY (account, day));
  CREATE TABLE shop.deposits (account text, day integer, version integer, PRIMARY KEY (account, day, version));
  CREATE INDEX deposits_version ON shop.deposits (version)`;

const VIEWS = { day: Day, deposits: [Deposit] } as const;
type Rows = RowsOf<typeof VIEWS>;

/** The note of a deposit is its day. */
@EventsHandler(Deposited)
@Projection({ name: 'days', views: VIEWS, key: ['account', 'day'] })
class DaysProjection implements ViewsProjection<typeof VIEWS, Deposited> {
  keyOf({ stream, event }: RecordedEvent<Deposited>): ViewKey {
    return { account: stream, day: Number(event.note) };
  }

  evolve(
    { day: before, deposits }: Rows,
    { stream: account, version, event }: RecordedEvent<Deposited>,
  ): Rows {
    const day = Number(event.note);
    const total = (before?.total ?? 0) + event.amount;
    return { day: { account, day, total }, deposits: [...deposits, { account, day, version }] };
  }
}

let commands: LogDatabase;
let queries: LogDatabase;
let process: HandlerProcess;
beforeEach(async () => {
  [commands, queries] = await Promise.all([LogDatabase.create(), LogDatabase.create()]);
  await queries.query(CREATE);
  process = await HandlerProcess.start({
    commandUrl: commands.url,
    queryUrl: queries.url,
    views: [Day, Deposit],
    handlers: [[new DaysProjection(), Deposited]],
  });
});
afterEach(async () => {
  await process.stop();
  await Promise.all([commands.drop(), queries.drop()]);
});

const DAYS = `
  SELECT d.account, d.day, d.total, (SELECT array_agg(version ORDER BY version) FROM shop.deposits p WHERE (p.account, p.day) = (d.account, d.day)) AS versions
    FROM shop.days d ORDER BY account, day`;

async function shows(...expected: object[]): Promise<void> {
  await eventually(
    `the days to be ${JSON.stringify(expected)}`,
    () => queries.query(DAYS),
    (rows) => JSON.stringify(rows) === JSON.stringify(expected),
  );
}

it('a key of several columns in another schema is written, read and rebuilt', async () => {
  const log = openLog(commands.url);
  const deposit = (amount: number, note: string) => new Deposited({ amount, note });
  await log.append(append([write('account-a', 0, [deposit(1, '7'), deposit(2, '7'), deposit(4, '8')])]))
    .result;
  await log.append(append([write('account-b', 0, [deposit(8, '7')])])).result;
  const first = [
    { account: 'account-a', day: 7, total: 3, versions: [1, 2] },
    { account: 'account-a', day: 8, total: 4, versions: [3] },
    { account: 'account-b', day: 7, total: 8, versions: [1] },
  ] as const;
  await shows(...first);

  await queries.query(
    `UPDATE shop.days SET total = 99; DELETE FROM shop.deposits WHERE account = 'account-b'`,
  );
  await process.rebuild('days');
  await shows(...first);
  expect(
    await queries.query(`SELECT schemaname FROM pg_indexes WHERE indexname = 'deposits_version'`),
  ).toEqual([{ schemaname: 'shop' }]);

  await log.append(append([write('account-b', 1, [deposit(16, '7')])])).result;
  await shows(first[0], first[1], { account: 'account-b', day: 7, total: 24, versions: [1, 2] });
  await log.close();
});
