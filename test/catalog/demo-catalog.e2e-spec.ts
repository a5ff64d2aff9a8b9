import { useFolders } from '../lifecycle/folders.js';
import { LaunchedService } from '../lifecycle/launched-service.js';
import { column } from '../lifecycle/embedded-database.js';
import { makeDatabases, type OperatorDatabases } from '../lifecycle/operator-databases.js';

useFolders();

let databases: OperatorDatabases;

beforeEach(async () => {
  databases = await makeDatabases('demo');
});
afterEach(async () => {
  await databases.drop();
});

function start(env: NodeJS.ProcessEnv = {}): Promise<LaunchedService> {
  return LaunchedService.start({ ...databases.urls, DEMO_CATALOG: 'on', ...env }).ready();
}

/** The streams of products in the log, one entry for each event. */
function productEvents(): Promise<string[]> {
  const query = "SELECT stream FROM event_log WHERE stream LIKE 'product-%' ORDER BY stream";
  return column<string>(databases.urls.COMMAND_DATABASE_URL, query);
}

describe('the demonstration catalogue', () => {
  it('is loaded once by several processes that start at once, and sells', async () => {
    const services = await Promise.all([start(), start(), start()]);
    const events = await productEvents();
    expect(events.length).toBeGreaterThan(5);
    expect(new Set(events).size).toBe(events.length);
    const loads = services.filter(({ stdout }) => stdout.includes('Loaded a demonstration catalogue'));
    expect(loads).toHaveLength(1);

    const [service] = services;
    const cart = await service.shop.open([{ sku: 'MUG-1', quantity: 2 }]);
    expect(cart).toMatchObject({ total: { amount: 3998 } });
    for (const one of services) expect(await one.stop()).toMatchObject({ code: 0, stderr: '' });
  });

  it('is not loaded again after a restart, nor does a changed product change back', async () => {
    const first = await start();
    const before = await productEvents();
    await first.shop.stock('MUG-1', 5, { name: 'Mug, 300 ml' });
    await first.stop();
    const second = await start();
    expect(await productEvents()).toHaveLength(before.length + 1);
    expect((await second.http.get('/v1/products/MUG-1')).body).toMatchObject({ price: { amount: 5 } });
    await second.stop();
  });

  it('is not loaded into a shop that has a product', async () => {
    const first = await start({ DEMO_CATALOG: 'off' });
    await first.shop.stock('OWN-1');
    await first.stop();
    await (await start()).stop();
    expect(await productEvents()).toEqual(['product-OWN-1']);
  });

  it.each([{ DEMO_CATALOG: 'off' }, { NODE_ENV: 'production' }])('is not loaded with %j', async (env) => {
    await (await start(env)).stop();
    expect(await productEvents()).toEqual([]);
  });
});
