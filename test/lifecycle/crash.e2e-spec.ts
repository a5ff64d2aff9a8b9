import { serverPid } from '../event-sourcing/embedded-postgres/service-process.js';
import { inTime } from './conditions.js';
import { useFolders } from './folders.js';
import { LaunchedService } from './launched-service.js';
import { isGone } from './processes.js';

const at = useFolders();

/** A service, and a cart with many acknowledged changes. */
async function shopping(): Promise<{ service: LaunchedService; cartId: string; version: number }> {
  const service = await LaunchedService.start({ DATA_DIR: at.dataDir }).ready();
  const { shop } = service;
  await shop.stock('MUG-1');
  const { id: cartId } = await shop.open();
  const answers = await Promise.all(Array.from({ length: 50 }, () => shop.add(cartId, { sku: 'MUG-1' })));
  expect(answers.filter(({ status }) => status > 201)).toEqual([]);
  return { service, cartId, version: 51 };
}

/** Starts the service again, and looks at the cart through the view and through a further change. */
async function expectAllThere(cartId: string, version: number): Promise<LaunchedService> {
  const service = await LaunchedService.start({ DATA_DIR: at.dataDir }).ready();
  const { shop } = service;
  expect(await shop.cart(cartId, version)).toMatchObject({ version, quantity: version - 1 });
  const added = await shop.add(cartId, { sku: 'MUG-1' });
  expect(added).toMatchObject({ status: 200, body: { version: version + 1 } });
  return service;
}

describe('the service, killed and started again', () => {
  it('adopts the PostgreSQL that it left running, with every acknowledged change, and stops it at the end', async () => {
    const { service, cartId, version } = await shopping();
    const server = Number(await serverPid(at.dataDir));
    await service.kill();
    expect(await isGone(server)).toBe(false);

    const second = await expectAllThere(cartId, version);
    expect(await serverPid(at.dataDir)).toBe(server);
    expect(await second.stop()).toMatchObject({ code: 0, stderr: '' });
    expect(await isGone(server)).toBe(true);
  });

  it('has every acknowledged change after PostgreSQL was killed with it', async () => {
    const { service, cartId, version } = await shopping();
    const server = Number(await serverPid(at.dataDir));
    process.kill(server, 'SIGKILL');
    await service.kill();
    await inTime(5_000, 'the server to be gone', () => isGone(server));

    const second = await expectAllThere(cartId, version);
    expect(await serverPid(at.dataDir)).not.toBe(server);
    expect(await second.stop()).toMatchObject({ code: 0, stderr: '' });
  });

  it('exits with a clear line if only PostgreSQL is killed, so that a supervisor restarts it', async () => {
    const { service, cartId, version } = await shopping();
    process.kill(Number(await serverPid(at.dataDir)), 'SIGKILL');
    const { code, stderr } = await service.ended;
    expect([code, stderr.split('\n')]).toEqual([
      1,
      [expect.stringMatching(/^The embedded PostgreSQL has ended under the service: see postgres.log/), ''],
    ]);
    const second = await expectAllThere(cartId, version);
    expect(await second.stop()).toMatchObject({ code: 0, stderr: '' });
  });
});
