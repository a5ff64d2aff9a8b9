import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgresError, startPostgres } from '../../../src/event-sourcing/embedded-postgres/index.js';
import { makeFolder, removeFolder } from './service-process.js';

const FOLDER = 'src/event-sourcing/embedded-postgres';

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  await removeFolder(folder);
});

async function currentDatabase(connectionString: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  await client.end();
  return rows[0]?.name;
}

describe('startPostgres', () => {
  it('runs a server with one database, until it is stopped', async () => {
    const server = await startPostgres({ dataDir: join(folder, 'data') });
    expect(await currentDatabase(server.url)).toBe('application');
    expect(server.isAlone()).toBe(true);
    await server.stop();
    await server.stop();
    await expect(currentDatabase(server.url)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('creates the named databases, and applies settings', async () => {
    const server = await startPostgres({
      dataDir: join(folder, 'data'),
      databases: ['log', 'views'],
      settings: { fsync: 'off' },
    });
    try {
      expect(Object.keys(server.urls)).toEqual(['log', 'views']);
      for (const [name, url] of Object.entries(server.urls)) expect(await currentDatabase(url)).toBe(name);
      expect(server.url).toBe(server.urls.log);
    } finally {
      await server.stop();
    }
  });

  it('refuses a folder in use with its own words', async () => {
    const dataDir = join(folder, 'data');
    const server = await startPostgres({ dataDir });
    try {
      const refused = startPostgres({ dataDir });
      await expect(refused).rejects.toThrow(EmbeddedPostgresError);
      await expect(refused).rejects.toThrow(
        /^dataDir .* is in use by another process: stop that one, or set dataDir/,
      );
    } finally {
      await server.stop();
    }
  });

  it('names nothing of a service', async () => {
    for (const file of await readdir(FOLDER)) {
      const text = await readFile(join(FOLDER, file), 'utf8');
      expect({ file, words: text.match(/DATA_DIR|DATABASE_URL|[Cc]artwright|npm ci|this service/g) }).toEqual(
        {
          file,
          words: null,
        },
      );
    }
  });
});
