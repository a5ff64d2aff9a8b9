import {
  Column,
  CreateDateColumn,
  DataSource,
  DeleteDateColumn,
  Entity,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { querySchema, type RowOf } from '../../../src/event-sourcing/index.js';
import { FIRST_WORK_PARAMETER } from '../../../src/event-sourcing/subscriptions/checkpoint-move.js';
import { ViewRows } from '../../../src/event-sourcing/projections/view-rows.js';
import { ViewWriter } from '../../../src/event-sourcing/projections/view-writer.js';
import { LogDatabase } from '../support/log-database.js';

enum Mood {
  Calm = 'calm',
  Wild = 'it\'s "wild", {really}',
}

enum Level {
  Low = 1,
  High = 2,
}

class Address {
  @Column({ type: 'text' })
  street!: string;
  @Column({ type: 'integer', nullable: true })
  house!: number | null;
}

class Contact {
  @Column({ type: 'text', default: 'none' })
  phone!: string;
  @Column(() => Address)
  address!: Address;
}

/** One column of each kind, in a schema of its own. */
@Entity({ name: 'sample', schema: 'shop' })
class Sample {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;
  @Column({ type: 'enum', enum: Mood, enumName: 'mood' })
  mood!: Mood;
  @Column({ type: 'enum', enum: Level, default: Level.High })
  level!: Level;
  @Column({ type: 'enum', enum: Mood, enumName: 'mood', array: true })
  moods!: Mood[];
  @Column(() => Contact)
  contact!: Contact;
  @Column({ type: 'simple-array' })
  list!: string[];
  @Column({ type: 'simple-json' })
  simple!: unknown;
  @Column({ type: 'json' })
  json!: unknown;
  @Column({ type: 'jsonb', array: true })
  documents!: unknown[];
  @Column({ type: 'text', array: true })
  texts!: string[];
  @Column({ type: 'integer', array: true })
  numbers!: number[];
  @Column({ type: 'numeric', precision: 20, scale: 4 })
  price!: string;
  @Column({ type: 'bigint' })
  big!: string;
  @Column({ type: 'double precision' })
  double!: number;
  @Column({ type: 'boolean', default: true })
  flag!: boolean;
  @Column()
  inferred!: boolean;
  @Column()
  moment!: Date;
  @Column({ type: 'date' })
  day!: string;
  @Column({ type: 'time' })
  time!: string;
  @Column({ type: 'timestamp' })
  local!: Date;
  @Column({ type: 'timestamptz' })
  at!: Date;
  @Column({ type: 'bytea' })
  bytes!: Buffer;
  @Column({ length: 20, default: 'its "text"' })
  text!: string;
  @Column({ name: 'total_cents', type: 'bigint', default: 5 })
  total!: string;
  @Column({
    type: 'text',
    nullable: true,
    transformer: [
      {
        to: (value: Date | null) => value?.toISOString(),
        from: (value: string | null) => value && new Date(value),
      },
    ],
  })
  transformed!: Date | null;
  @Column({ type: 'text', nullable: true })
  nothing!: string | null;
}

const ID = '0190a000-0000-7000-8000-00000000000a';
/** A plain object with the properties of the entity. */
type SampleRow = RowOf<typeof Sample>;

/** What has no default. */
const SOME = {
  id: ID,
  mood: Mood.Wild,
  moods: [Mood.Wild, Mood.Calm].slice(1),
  contact: { phone: '"1"', address: { street: "O'Neill \\ {a}", house: null } },
  list: ['a', 'b c', ''],
  simple: { a: [1, null, 'ü'] },
  json: { b: 1, a: '"' },
  documents: [{ a: 'x,"y"' }, 'text', 3],
  texts: ['a,b', '{c}', '"d"', 'NULL', '', '\\'],
  numbers: [1, -2],
  price: '12345678901234.5000',
  big: '9007199254740993',
  double: 0.1,
  inferred: true,
  moment: new Date(2030, 5, 1, 12, 30, 1, 5),
  day: '2030-02-28',
  time: '23:59:58',
  local: new Date(2030, 10, 1, 2, 30),
  at: new Date('2030-01-01T00:00:00.123Z'),
  bytes: Buffer.from([0, 1, 255]),
  transformed: new Date(1_900_000_000_000),
};
const ROW: SampleRow = {
  ...SOME,
  level: Level.Low,
  flag: false,
  text: 'näme',
  total: '7',
  nothing: null,
};

let database: LogDatabase;
let open: DataSource[];
beforeEach(async () => {
  database = await LogDatabase.create();
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((dataSource) => dataSource.destroy()));
  await database.drop();
});

async function connect(...entities: (new () => object)[]): Promise<DataSource> {
  const all = [...querySchema.entities, ...entities];
  const dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    entities: all,
  }).initialize();
  open.push(dataSource);
  return dataSource;
}

/** A data source with the tables that TypeORM itself makes of the entities. */
async function withTables(...entities: (new () => object)[]): Promise<DataSource> {
  await database.query('CREATE SCHEMA shop');
  const maker = await new DataSource({ type: 'postgres', url: database.url, entities }).initialize();
  await maker.synchronize();
  await maker.destroy();
  return connect(...entities);
}

/** Reads and writes rows of a view, without a subscription. */
async function rowsOf(dataSource: DataSource, view: new () => object): Promise<ViewRows> {
  const projection = { evolve: (row: object | undefined) => row };
  const rows = new ViewRows({ name: 'samples', view }, projection, dataSource);
  await rows.check();
  return rows;
}

async function store(rows: ViewRows, before: object | undefined, after: object | undefined): Promise<void> {
  const { sql, values } = new ViewWriter(rows, await rows.check()).write([{ key: '', before, after }]);
  // Instead of the parts that move the checkpoint.
  const others = Array.from({ length: FIRST_WORK_PARAMETER - 1 }, (_, index) => `$${index + 1}::int`);
  await rows.dataSource.query(`WITH moved AS (SELECT ${others.join(', ')}) ${sql} SELECT FROM moved`, [
    ...others.map(() => null),
    ...values,
  ]);
}

describe('columns of every kind', () => {
  it('are read back as they were written, by the projection and by TypeORM', async () => {
    const dataSource = await withTables(Sample);
    const rows = await rowsOf(dataSource, Sample);
    await store(rows, undefined, ROW);
    expect((await rows.load([ID])).get(ID)).toEqual(ROW);
    expect((await rows.read(ID)).rows).toEqual(ROW);
    const found: object = await dataSource.getRepository(Sample).findOneByOrFail({ id: ID });
    expect({ ...found }).toEqual(ROW);
    await store(rows, ROW, {
      ...ROW,
      mood: Mood.Calm,
      level: Level.High,
      list: ['z'],
      bytes: Buffer.alloc(0),
    });
    expect((await rows.read(ID)).rows).toEqual({
      ...ROW,
      mood: Mood.Calm,
      level: Level.High,
      list: ['z'],
      bytes: Buffer.alloc(0),
    });
    await store(rows, ROW, undefined);
    expect((await rows.read(ID)).rows).toBeUndefined();
  });

  it('refuse a key of another type, without an effect on reads at the same time', async () => {
    const rows = await rowsOf(await withTables(Sample), Sample);
    await store(rows, undefined, ROW);
    const [found, refused] = await Promise.allSettled([rows.read(ID), rows.read('no UUID')]);
    expect(found).toMatchObject({ value: { rows: ROW } });
    expect(refused).toMatchObject({ reason: { code: '22P02' } });
  });

  it('have constant defaults if a row leaves them out, in memory and in the table', async () => {
    const dataSource = await withTables(Sample);
    const partial = { ...SOME, contact: { address: { street: 'x' } } };
    const projection = { keyOf: () => ID, evolve: () => partial };
    const rows = new ViewRows({ name: 'samples', view: Sample }, projection, dataSource);
    const evolved = rows.evolve(undefined, {} as never);
    await store(rows, undefined, evolved);
    const whole = {
      ...SOME,
      level: Level.High,
      flag: true,
      text: 'its "text"',
      total: '5',
      nothing: null,
      contact: { phone: 'none', address: { street: 'x', house: null } },
    };
    expect(evolved).toEqual(whole);
    expect((await rows.read(ID)).rows).toEqual(whole);
    expect(partial).toEqual({ ...SOME, contact: { address: { street: 'x' } } });
  });
});

describe('columns and entities that are not supported are refused by name', () => {
  @Entity({ name: 'other' })
  class Other {
    @PrimaryColumn({ type: 'text' })
    id!: string;
  }
  @Entity({ name: 'a' })
  class Created extends Other {
    @CreateDateColumn()
    createdAt!: Date;
  }
  @Entity({ name: 'b' })
  class Updated extends Other {
    @UpdateDateColumn()
    updatedAt!: Date;
  }
  @Entity({ name: 'c' })
  class Deleted extends Other {
    @DeleteDateColumn()
    deletedAt!: Date;
  }
  @Entity({ name: 'd' })
  class Counted extends Other {
    @VersionColumn()
    count!: number;
  }
  @Entity({ name: 'e' })
  class Clocked extends Other {
    @Column({ type: 'timestamptz', default: () => 'now()' })
    at!: Date;
  }
  @Entity({ name: 'f' })
  class Numbered {
    @PrimaryGeneratedColumn()
    id!: number;
  }
  @Entity({ name: 'g' })
  class Computed extends Other {
    @Column({ type: 'text', generatedType: 'STORED', asExpression: 'upper(id)' })
    upper!: string;
  }
  @Entity({ name: 'h' })
  class Related extends Other {
    @ManyToOne(() => Other)
    other!: Other;
  }

  it.each([
    [Created, 'Created.createdAt'],
    [Updated, 'Updated.updatedAt'],
    [Deleted, 'Deleted.deletedAt'],
    [Counted, 'Counted.count'],
    [Clocked, 'Clocked.at'],
    [Numbered, 'Numbered.id'],
    [Computed, 'Computed.upper'],
    [Related, 'Related.other'],
  ])('%p', async (entity, name) => {
    const dataSource = await connect(Other, entity);
    const make = () => new ViewRows({ name: 'samples', view: entity }, { evolve: (row) => row }, dataSource);
    expect(make).toThrow(`Projection "samples" cannot be kept. ${name}`);
  });

  @Entity({ name: 'plain' })
  class Plain {
    @PrimaryColumn({ type: 'text' })
    id!: string;
    @Column({ type: 'integer' })
    count!: number;
    @Column({ type: 'enum', enum: Mood })
    mood!: Mood;
  }
  const mood = `CREATE TYPE mood AS ENUM ('calm', 'it''s "wild", {really}')`;

  it.each([
    ['a table that is missing', '', 'needs the table "plain"'],
    ['a column that is missing', 'CREATE TABLE plain (id text PRIMARY KEY, mood mood)', 'no column "count"'],
    [
      'a column of another type',
      'CREATE TABLE plain (id text PRIMARY KEY, count bigint, mood mood)',
      'is bigint',
    ],
    ['no primary key', 'CREATE TABLE plain (id text, count integer, mood mood)', 'primary key'],
    [
      'a label that the enumeration lacks',
      `CREATE TYPE less AS ENUM ('calm'); CREATE TABLE plain (id text PRIMARY KEY, count integer, mood less)`,
      'does not know',
    ],
    [
      'a column that nobody would fill',
      'CREATE TABLE plain (id text PRIMARY KEY, count integer, mood mood, more text NOT NULL)',
      'column "more"',
    ],
    [
      'a column that the database fills',
      'CREATE TABLE plain (id text PRIMARY KEY, count integer GENERATED ALWAYS AS (1) STORED, mood mood)',
      'is generated',
    ],
  ])('%s', async (_, table, message) => {
    await database.query(mood);
    if (table !== '') await database.query(table);
    await expect(rowsOf(await connect(Plain), Plain)).rejects.toThrow(message);
  });

  it('nothing where a text has another length, or more columns have defaults', async () => {
    await database.query(mood);
    await database.query(
      `CREATE TABLE plain (id varchar(40) PRIMARY KEY, count integer, mood mood, more text NOT NULL DEFAULT '')`,
    );
    expect(await (await rowsOf(await connect(Plain), Plain)).check()).toEqual([
      ['character varying(40)', 'integer', 'mood'],
    ]);
  });
});
