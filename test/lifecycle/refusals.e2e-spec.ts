import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { startEmbeddedPostgres } from '../../src/event-sourcing/embedded-postgres/embedded-postgres.js';
import { serverPid } from '../event-sourcing/embedded-postgres/service-process.js';
import { createDatabase } from '../support/database.js';
import { inTime } from './conditions.js';
import { useFolders } from './folders.js';
import { LaunchedService } from './launched-service.js';
import { isGone } from './processes.js';

const at = useFolders();

/** Starts a service that must refuse; gives the one line that it says. */
async function refusal(env: NodeJS.ProcessEnv): Promise<string> {
  const { code, signal, stdout, stderr } = await LaunchedService.start({ DATA_DIR: at.dataDir, ...env })
    .ended;
  expect([code, signal]).toEqual([1, null]);
  expect(stdout).not.toContain('listens on');
  const [line, ...rest] = stderr.split('\n');
  expect(rest).toEqual(['']);
  return line ?? '';
}

async function listener(): Promise<{ port: number; server: Server }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, server };
}

async function freePort(): Promise<number> {
  const { port, server } = await listener();
  server.close();
  await once(server, 'close');
  return port;
}

describe('a configuration that cannot be used', () => {
  it.each([
    ['NODE_ENV', 'staging'],
    ['PORT', '65536'],
    ['PORT', '3000x'],
    ['HOST', '127.0.0.256'],
    ['COMMAND_DATABASE_URL', 'mysql://shop:s3cret@127.0.0.1/carts'],
    ['QUERY_DATABASE_URL', 'postgres://shop:s3cret@127.0.0.1:x/carts'],
    ['QUERY_REPLICA_URLS', 'postgres://shop:s3cret@127.0.0.1/carts,'],
    ['MAX_ITEMS_PER_CART', '0'],
    ['MAX_QUANTITY', '1e6'],
    ['LOG_LEVEL', 'verbose'],
    ['REQUEST_TIMEOUT', '30'],
    ['RATE_LIMIT', '200'],
    ['TRUST_PROXY', 'true'],
    ['CORS_ORIGINS', 'shop.example'],
    ['MAX_WAITING_COMMANDS', '0'],
    ['ROLES', 'web,mail'],
  ])('stops the start with one line that names the variable: %s=%s', async (variable, value) => {
    const line = await refusal({ [variable]: value });
    expect(line).toMatch(new RegExp(`^${variable} must be `));
    expect(line).not.toContain('s3cret');
    expect(await readdir(at.folder)).toEqual([]);
  });

  it('is reported in one line with all errors', async () => {
    expect(await refusal({ PORT: '-1', LOG_LEVEL: 'loud' })).toMatch(/^PORT must be .*; LOG_LEVEL must be /);
  });

  it.each([
    ['COMMAND_DATABASE_URL', 'QUERY_DATABASE_URL'],
    ['QUERY_DATABASE_URL', 'COMMAND_DATABASE_URL'],
  ])('is only one of the two database URLs: %s', async (given, missing) => {
    const line = await refusal({ [given]: 'postgres://shop:s3cret@127.0.0.1/carts' });
    expect(line).toMatch(new RegExp(`^${missing} must be set too when ${given} is`));
    expect(await readdir(at.folder)).toEqual([]);
  });

  it('is a DATA_DIR that is not a folder', async () => {
    await writeFile(at.dataDir, '');
    expect(await refusal({})).toMatch(/^DATA_DIR .* set it to a writable folder$/);
  });
});

describe('a database that cannot be used', () => {
  it.each(['COMMAND_DATABASE_URL', 'QUERY_DATABASE_URL'])(
    'is named when it is out of reach: %s',
    async (variable) => {
      const [reachable, port] = [await createDatabase('refusal'), await freePort()];
      const other = `postgres://shop:s3cret@127.0.0.1:${port}/carts`;
      const urls = { COMMAND_DATABASE_URL: reachable.url, QUERY_DATABASE_URL: reachable.url };
      const line = await refusal({ ...urls, [variable]: other });
      await reachable.drop();
      expect(line).toMatch(
        new RegExp(`^${variable}: cannot connect to PostgreSQL at 127.0.0.1:${port} .*ECONNREFUSED`),
      );
      expect(line).not.toContain('s3cret');
      expect(line).not.toContain(new URL(reachable.url).password);
    },
  );

  it.each(['COMMAND_DATABASE_URL', 'QUERY_DATABASE_URL'])(
    'is named when its server runs with fsync off: %s',
    async (variable) => {
      const durable = await createDatabase('refusal');
      const log = (): void => undefined;
      const server = await startEmbeddedPostgres({
        dataDir: at.dataDir,
        databases: ['carts'],
        settings: { fsync: 'off' },
        log,
      });
      const urls = { COMMAND_DATABASE_URL: durable.url, QUERY_DATABASE_URL: durable.url };
      const line = await refusal({ ...urls, [variable]: server.url('carts') });
      await server.stop();
      await durable.drop();
      expect(line).toMatch(new RegExp(`^${variable}: the server at 127.0.0.1:\\d+ runs with fsync = off`));
    },
  );
});

describe('a folder, port or address that cannot be used', () => {
  it('is a data folder that another service uses; that service is not disturbed', async () => {
    const first = await LaunchedService.start({ DATA_DIR: at.dataDir }).ready();
    const server = Number(await serverPid(at.dataDir));
    expect(await refusal({})).toMatch(
      /^DATA_DIR .* is in use by another process: stop that one, or set DATA_DIR /,
    );
    expect(await isGone(server)).toBe(false);
    expect(await first.shop.stock('MUG-1')).toMatchObject({ sku: 'MUG-1', version: 1 });
    expect(await first.stop()).toMatchObject({ code: 0, stderr: '' });
  });

  it('is a port that another process listens on', async () => {
    const { port, server } = await listener();
    expect(await refusal({ PORT: String(port) })).toMatch(
      new RegExp(`^PORT: ${port} is in use by another process`),
    );
    server.close();
    const pid = await serverPid(at.dataDir);
    if (pid !== undefined) await inTime(1_000, 'the embedded server to be gone', () => isGone(pid));
  });

  it('is an address of another machine', async () => {
    expect(await refusal({ HOST: '192.0.2.1' })).toMatch(/^HOST: 192\.0\.2\.1 is no address of this machine/);
  });
});
