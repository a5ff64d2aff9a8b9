import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { exists, serverPid } from '../event-sourcing/embedded-postgres/service-process.js';
import { expectProblem } from '../support/problem.js';
import { duration, inTime } from './conditions.js';
import { embeddedUrl } from './embedded-database.js';
import { useFolders } from './folders.js';
import { LaunchedService } from './launched-service.js';
import { isGone } from './processes.js';

/** Far below what a request may take to arrive, and far above what a busy machine takes to cut it off. */
const LIMIT_MS = 20_000;

const at = useFolders();
let service: LaunchedService;
let server: number;
let cartId: string;

beforeEach(async () => {
  service = await LaunchedService.start({ DATA_DIR: at.dataDir }).ready();
  server = Number(await serverPid(at.dataDir));
  await service.shop.stock('MUG-1');
  const cart = await service.shop.open();
  cartId = cart.id;
});

/** A session of the embedded server, for locks that hold the service up. */
async function session(database: string): Promise<Client> {
  const client = new Client({ connectionString: await embeddedUrl(at.dataDir, database) });
  client.on('error', () => undefined); // the server that it leads to is stopped under it
  await client.connect();
  return client;
}

/** Makes appends to the cart wait until the session ends. */
async function holdUpTheCart(): Promise<Client> {
  const client = await session('cartwright_command');
  await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`cart-${cartId}`]);
  return client;
}

async function someoneWaits(client: Client): Promise<void> {
  await inTime(5_000, 'somebody to wait for the lock', async () => {
    const { rows } = await client.query('SELECT FROM pg_locks WHERE NOT granted');
    return rows.length > 0;
  });
}

async function isHeard(): Promise<void> {
  await inTime(2_000, 'the service to take notice', () =>
    service.stdout.includes('finishing what is under way'),
  );
}

/** Resolves when the service has taken in what was sent to it before. */
async function allIsTakenIn(): Promise<void> {
  await service.http.get('/health/live');
}

async function sendHalfARequest(): Promise<Socket> {
  const { hostname, port } = new URL(await service.listens());
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined); // the service cuts it off
  await once(socket, 'connect');
  socket.write(
    'POST /v1/carts HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
  );
  return socket;
}

describe('the service, told to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'answers what is under way, stops its server and ends with 0: %s',
    async (signal) => {
      const origin = await service.listens();
      const holder = await holdUpTheCart();
      const slow = service.shop.add(cartId, { sku: 'MUG-1', quantity: 2 });
      await someoneWaits(holder);
      service.signalGroup(signal);
      await isHeard();
      // Neither signal, sent again, cuts anything short.
      service.signalGroup('SIGTERM');
      service.signalGroup('SIGINT');
      await expect(fetch(`${origin}/health/live`)).rejects.toThrow('fetch failed');
      await holder.end();
      expect(await slow).toMatchObject({ status: 201, body: { version: 2 } });
      // The connections that requests came on are kept alive by the client.
      const ending = await service.ended;
      expect(ending).toMatchObject({ code: 0, stderr: '' });
      expect(ending.stdout).not.toContain('cut off');
      expect(await isGone(server)).toBe(true);
      expect(await exists(join(at.dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
    },
  );

  it('does not wait forever for a request that never arrives in full', async () => {
    const socket = await sendHalfARequest();
    await allIsTakenIn();
    expect(await duration(service.stop())).toBeLessThan(LIMIT_MS);
    expect(await service.ended).toMatchObject({ code: 0, stderr: '' });
    expect(await isGone(server)).toBe(true);
    socket.destroy();
  });

  it('answers a request that waits too long for the database, and ends', async () => {
    const holder = await session('cartwright_query');
    await holder.query('BEGIN; LOCK TABLE carts');
    const asked = service.http.get('/v1/carts');
    await someoneWaits(holder);
    expect(await duration(service.stop())).toBeLessThan(LIMIT_MS);
    expectProblem(await asked, '503 OVERLOADED');
    expect(await service.ended).toMatchObject({ code: 0, stderr: '' });
    expect(await isGone(server)).toBe(true);
  });

  it('updates the views while requests in progress wait for them', async () => {
    const { shop } = service;
    await shop.cart(cartId);
    const holder = await session('cartwright_query');
    await holder.query(`BEGIN; SELECT FROM checkpoint WHERE name = 'carts' FOR UPDATE`);
    await shop.add(cartId, { sku: 'MUG-1' });
    await someoneWaits(holder);
    await shop.add(cartId, { sku: 'MUG-1' });
    const reading = shop.look(cartId, { 'x-min-version': '3' });
    await allIsTakenIn();

    service.signal('SIGTERM');
    await isHeard();
    await holder.end();
    expect(await reading).toMatchObject({ status: 200, body: { version: 3 } });
    expect(await service.ended).toMatchObject({ code: 0, stderr: '' });
  });
});
