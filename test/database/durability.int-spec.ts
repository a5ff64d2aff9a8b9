import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ConfigError } from '../../src/config/config.js';
import { assertDurable } from '../../src/database/durability.js';
import { startEmbeddedPostgres } from '../../src/event-sourcing/embedded-postgres/embedded-postgres.js';
import { createDatabase } from '../support/database.js';
import { makeFolder, removeFolder } from '../event-sourcing/embedded-postgres/service-process.js';

async function refusal(url: string): Promise<string> {
  try {
    await assertDurable(url, 'QUERY_DATABASE_URL');
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the database was accepted');
}

describe('the check that a database is durable', () => {
  it('accepts a server with fsync on', async () => {
    const database = await createDatabase('durability');
    await assertDurable(database.url, 'QUERY_DATABASE_URL');
    await database.drop();
    expect(await refusal(database.url)).toMatch(
      /^QUERY_DATABASE_URL: .*database "durability_\w+" does not exist/,
    );
  });

  it('refuses a server with fsync off', async () => {
    const folder = await makeFolder();
    const server = await startEmbeddedPostgres({
      dataDir: join(folder, 'data'),
      databases: [],
      settings: { fsync: 'off' },
      log: () => undefined,
    });
    const message = await refusal(server.url('postgres')).finally(() => server.stop());
    await removeFolder(folder);
    expect(message).toBe(
      `QUERY_DATABASE_URL: the server at 127.0.0.1:${server.port} runs with fsync = off and would lose events when it ` +
        'crashes: set fsync = on and reload its configuration.',
    );
  });

  it('names the variable and the server, but no password, when the credentials are wrong', async () => {
    const database = await createDatabase('durability');
    const wrong = new URL(database.url);
    wrong.password = 's3cret%2F';
    const message = await refusal(wrong.href);
    await database.drop();
    expect(message).toContain(
      `QUERY_DATABASE_URL: cannot connect to PostgreSQL at 127.0.0.1:${wrong.port} (`,
    );
    expect(message).toContain('password authentication failed');
    expect(message).not.toContain('s3cret');
  });

  it('reports a server that does not listen', async () => {
    const listener = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => listener.once('listening', listening));
    const { port } = listener.address() as AddressInfo;
    await new Promise((closed) => listener.close(closed));
    for (const host of ['127.0.0.1', 'localhost']) {
      const message = await refusal(`postgres://shop:s3cret@${host}:${port}/cart`);
      expect(message).toMatch(
        new RegExp(`at ${host}:${port} \\(.*ECONNREFUSED.*\\): check that it runs there`),
      );
      expect(message).not.toContain('s3cret');
    }
  });
});
