import { resolve } from 'node:path';
import { execFile } from 'node:child_process';
import { eventually } from '../support/eventually.js';
import { ServiceProcess } from '../support/service-process.js';
import { useFolders } from './folders.js';
import { LaunchedService } from './launched-service.js';
import { makeDatabases } from './operator-databases.js';

const at = useFolders();

interface Status {
  readonly name: string;
  readonly state: string;
  readonly lag: number;
}

/** Without the document of the API, which a process without `web` does not serve. */
const statusOf = async (origin: string, path: string): Promise<number> =>
  (await fetch(`${origin}${path}`)).status;

describe('processes of one service with different roles', () => {
  it('serve only their role, and check only what it needs for readiness', async () => {
    const databases = await makeDatabases('roles');
    const web = await LaunchedService.start({ ...databases.urls, ROLES: 'web' }).ready();
    await web.shop.stockAll(['MUG-1']);
    await web.shop.open([{ sku: 'MUG-1', quantity: 1 }]);
    const states = async (): Promise<Status[]> => (await web.http.get<Status[]>('/v1/projections')).body;
    expect(new Set((await states()).map(({ state }) => state))).toEqual(new Set(['unattended']));

    const worker = await ServiceProcess.start({ ...databases.urls, ROLES: 'handlers,commands' });
    await eventually('all to be run by the worker', states, (all) =>
      all.every(({ state, lag }) => state === 'running' && lag === 0),
    );
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      expect([path, await statusOf(worker.origin, path)]).toEqual([path, 200]);
    }
    for (const path of ['/v1/products', '/v1/projections', '/docs', '/openapi.json', '/asyncapi.json', '/']) {
      expect([path, await statusOf(worker.origin, path)]).toEqual([path, 404]);
    }
    const ready = await web.http.get<{ details: Record<string, object> }>('/health/ready');
    expect(ready.body.details['handlers']).toEqual({ status: 'up' });
    expect(worker.complaints).toEqual([]);

    await worker.stop();
    await eventually('nobody to be left', states, (all) => all.every(({ state }) => state === 'unattended'));
    expect(await web.stop()).toMatchObject({ code: 0, stderr: '' });
    await databases.drop();
  });
});

describe('npm run handlers', () => {
  it('works on the embedded databases, whether or not the service runs', async () => {
    const service = await LaunchedService.start({ DATA_DIR: at.dataDir }).ready();
    await service.shop.stockAll(['MUG-1']);
    expect(await handlers('status')).toMatch(
      /^catalog-products +projection +running +1 +0 +0s +0 +"catalog_products"$/m,
    );
    expect(await handlers('clear', 'catalog-products')).toContain('1 rows');
    await eventually(
      'the view to fill again',
      async () => (await service.http.get<{ products: unknown[] }>('/v1/products')).body.products,
      (products) => products.length === 1,
    );
    expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
    expect(await handlers('status')).toMatch(/^catalog-products +projection +unattended +1 /m);
    // It was stopped again, and left nothing behind that keeps the service from starting.
    const again = await LaunchedService.start({ DATA_DIR: at.dataDir }).ready();
    expect(await again.stop()).toMatchObject({ code: 0, stderr: '' });
  }, 180_000);
});

async function handlers(...parameters: string[]): Promise<string> {
  const { PATH, TMPDIR, HOME } = process.env;
  return new Promise((done, fail) => {
    execFile(
      process.execPath,
      [resolve('dist/handlers.js'), ...parameters],
      { cwd: '/', env: { PATH, TMPDIR, HOME, DATA_DIR: at.dataDir } },
      (error, stdout, stderr) => {
        if (error) fail(new Error(`${error.message}${stdout}${stderr}`));
        else done(stdout);
      },
    );
  });
}
