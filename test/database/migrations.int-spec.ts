import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { commandDataSource } from '../../src/database/command-data-source.js';
import { queryDataSource } from '../../src/database/query-data-source.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const run = promisify(execFile);

/** All that a migration could leave behind, one line each. */
const THINGS = `
  SELECT format('%s %s', relkind, relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT format('column %s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT format('index %s', pg_get_indexdef(indexrelid)) FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT format('constraint %s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT format('trigger %s %s', pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT format('type %s', typname) FROM pg_type WHERE typnamespace = 'public'::regnamespace
  UNION ALL SELECT format('schema %s', nspname) FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$|^public$'
  UNION ALL SELECT format('extension %s', extname) FROM pg_extension WHERE extname <> 'plpgsql'
  ORDER BY 1`;

describe.each([
  ['command', commandDataSource],
  ['query', queryDataSource],
])('the migrations of the %s database', (name, optionsFor) => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await createDatabase(`migrations_${name}`);
    dataSource = await new DataSource(optionsFor(database.url)).initialize();
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const things = async (): Promise<string[]> =>
    (await dataSource.query<{ format: string }[]>(THINGS)).map(({ format }) => format);

  const names = (): string[] => dataSource.migrations.map((migration) => migration.constructor.name);

  const applied = async (): Promise<string[]> =>
    (await dataSource.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id')).map(
      ({ name }) => name,
    );

  it('can all be reverted and applied again', async () => {
    // TypeORM's own table, which outlives the last of them.
    const bare = await new DataSource({ ...optionsFor(database.url), migrations: [] }).initialize();
    await bare.runMigrations();
    await bare.destroy();
    const nothing = await things();
    await dataSource.runMigrations({ transaction: 'each' });
    const all = await things();
    expect(all.length).toBeGreaterThan(nothing.length + 5);
    for (let left = names().length; left > 0; left -= 1)
      await dataSource.undoLastMigration({ transaction: 'each' });
    expect(await things()).toEqual(nothing);
    await dataSource.runMigrations({ transaction: 'each' });
    expect(await things()).toEqual(all);
  });

  it('create the schema that the entities describe', async () => {
    await dataSource.runMigrations({ transaction: 'each' });
    const differences = async (): Promise<string[]> => {
      const { upQueries, downQueries } = await dataSource.driver.createSchemaBuilder().log();
      return [...upQueries, ...downQueries].map(({ query }) => query);
    };
    expect(await differences()).toEqual([]);
    // And it would be seen if they did not.
    await dataSource.query('ALTER TABLE checkpoint ALTER COLUMN position TYPE integer');
    expect(await differences()).not.toEqual([]);
  });

  it('are applied once when two processes start at the same moment', async () => {
    const work = `
      const { migrate } = await import(${JSON.stringify(built('event-sourcing/index.js'))});
      const options = await import(${JSON.stringify(built(`database/${name}-data-source.js`))});
      await migrate(options.${name}DataSource(process.env.URL));`;
    const env = { ...process.env, URL: database.url };
    await Promise.all([1, 2].map(() => run(process.execPath, ['--input-type=module', '-e', work], { env })));
    expect(await applied()).toEqual(names());
  });

  it('can be shown, applied and reverted by the TypeORM CLI', async () => {
    // The configuration wants two different databases; the CLI touches the one that it is told to.
    const urls = {
      COMMAND_DATABASE_URL: otherThan(database.url),
      QUERY_DATABASE_URL: otherThan(database.url),
    };
    const mine = { [`${name.toUpperCase()}_DATABASE_URL`]: database.url, DATABASE: name };
    const cli = async (command: string): Promise<string> => {
      const env = { ...process.env, ...urls, ...mine };
      return (await run('npm', ['run', '--silent', 'typeorm', '--', command], { env })).stdout;
    };
    await cli('migration:run');
    expect(await applied()).toEqual(names());
    await cli('migration:revert');
    expect(await applied()).toEqual(names().slice(0, -1));
    const shown = await cli('migration:show');
    const isShown = (name: string): boolean => new RegExp(`\\[X\\] (\\d+ )?${name}`).test(shown);
    expect(names().filter(isShown)).toEqual(names().slice(0, -1));
  }, 180_000);
});

function built(module: string): string {
  return pathToFileURL(resolve('dist', module)).href;
}

function otherThan(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.pathname += '_other';
  return url.href;
}
