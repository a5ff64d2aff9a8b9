import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { serverPid } from '../event-sourcing/embedded-postgres/service-process.js';
import { column } from './embedded-database.js';
import { useFolders } from './folders.js';
import { BUILT, LaunchedService } from './launched-service.js';
import { makeDatabases } from './operator-databases.js';
import { childrenOf, isGone } from './processes.js';

const at = useFolders();

describe('the service, started with nothing but a data folder', () => {
  it('prints its address and that of Swagger UI, and serves requests', async () => {
    const service = LaunchedService.start({ DATA_DIR: at.dataDir }, BUILT);
    const origin = await service.listens();
    expect(service.stdout).toContain(`\nCartwright listens on ${origin}\nSwagger UI: ${origin}/docs\n`);
    await service.ready();
    const { http, shop } = service;
    expect(await http.get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await http.get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect((await http.get('/docs')).headers['content-type']).toContain('text/html');
    expect(await childrenOf(service.pid)).toEqual([await serverPid(at.dataDir)]);

    await shop.stock('MUG-1');
    const cart = await shop.open();
    await shop.add(cart.id, { sku: 'MUG-1', quantity: 2 });
    expect(await shop.cart(cart.id, 2)).toMatchObject({ version: 2, quantity: 2, total: { amount: 3998 } });
    expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('the service, started with the URLs of databases', () => {
  it('starts no PostgreSQL and makes no folder', async () => {
    const databases = await makeDatabases('start', { areEmpty: true });
    const service = await LaunchedService.start({ DATA_DIR: at.dataDir, ...databases.urls }).ready();
    expect(await childrenOf(service.pid)).toEqual([]);
    expect(await readdir(at.folder)).toEqual([]);
    expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
    await databases.drop();
  });

  it('makes the schema once when two processes start at once, and both serve requests', async () => {
    const databases = await makeDatabases('start', { areEmpty: true });
    const starting = [1, 2].map(() =>
      LaunchedService.start({ DATA_DIR: at.dataDir, ...databases.urls }).ready(),
    );
    const services = await Promise.all(starting);
    for (const url of Object.values(databases.urls)) {
      const applied = await column<string>(url, 'SELECT name FROM migrations');
      expect(applied.length).toBeGreaterThan(0);
      expect(new Set(applied).size).toBe(applied.length);
    }
    for (const [index, { shop }] of services.entries()) {
      const sku = `MUG-${index}`;
      await shop.stock(sku);
      const cart = await shop.open();
      const answers = await Promise.all(services.map((service) => service.shop.add(cart.id, { sku })));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 201]);
      expect(await shop.cart(cart.id, 3)).toMatchObject({ quantity: 2 });
    }
    for (const service of services) expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
    await databases.drop();
  });
});

describe('npm start', () => {
  it.each(['SIGTERM to npm', 'Ctrl-C'])('builds the service and runs it until %s ends both', async (how) => {
    // A checkout of its own: a build removes the one that other tests run.
    const checkout = join(at.folder, 'checkout');
    await mkdir(checkout, { mode: 0o711 });
    for (const name of [
      'src',
      'package.json',
      'nest-cli.json',
      'tsconfig.json',
      'tsconfig.build.json',
      '.swcrc',
    ]) {
      await cp(name, join(checkout, name), { recursive: true });
    }
    await symlink(resolve('node_modules'), join(checkout, 'node_modules'));
    const npm = { file: 'npm', parameters: ['start', '--offline'], folder: checkout };
    const service = await LaunchedService.start({ DATA_DIR: at.dataDir }, npm).ready();
    const server = Number(await serverPid(at.dataDir));
    if (how === 'Ctrl-C') service.signalGroup('SIGINT');
    else service.signal('SIGTERM');
    // It counts as ended when nobody holds its outputs any more, neither npm nor a shell nor the service itself.
    expect((await service.ended).stderr).not.toMatch(/Error|FATAL/);
    expect(service.stdout).toContain('finishing what is under way');
    expect(await isGone(server)).toBe(true);
  });
});
