import { startEmbeddedPostgres } from '../../src/event-sourcing/embedded-postgres/embedded-postgres.js';
import type { EmbeddedPostgres } from '../../src/event-sourcing/embedded-postgres/embedded-postgres.js';
import type { Answer } from '../support/http-client.js';
import { inTime } from './conditions.js';
import { TcpForwarder } from '../support/tcp-forwarder.js';
import { column } from './embedded-database.js';
import { useFolders } from './folders.js';
import { LaunchedService } from './launched-service.js';
import { makeDatabases } from './operator-databases.js';

const crowds: Crowd[] = [];

afterEach(async () => {
  await Promise.allSettled(crowds.splice(0).map((crowd) => crowd.end()));
  await TcpForwarder.closeAll();
});

const at = useFolders();

/** What a shopper may be told while a database is away. */
function expectComeBackLater({ status, headers, body }: Answer): void {
  expect([status, (body as { code: string }).code]).toEqual([503, 'OVERLOADED']);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
}

/** Shoppers who add to their own carts, one after the other, until told to stop. */
class Crowd {
  readonly refusals: Answer[] = [];
  /** By cart: how many additions were acknowledged. */
  readonly acknowledged = new Map<string, number>();
  private isOver = false;
  private readonly shoppers: Promise<void>[];

  constructor(
    private readonly service: LaunchedService,
    cartIds: readonly string[],
  ) {
    this.shoppers = cartIds.map((cartId) => this.shopIn(cartId));
    crowds.push(this);
  }

  get total(): number {
    return [...this.acknowledged.values()].reduce((sum, count) => sum + count, 0);
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.shoppers);
  }

  private async shopIn(cartId: string): Promise<void> {
    while (!this.isOver) {
      const answer = await this.service.shop.add(cartId, { sku: 'MUG-1' });
      if (answer.status > 201) this.refusals.push(answer);
      else this.acknowledged.set(cartId, (this.acknowledged.get(cartId) ?? 0) + 1);
    }
  }
}

async function crowdIn(service: LaunchedService): Promise<Crowd> {
  await service.shop.stock('MUG-1');
  const carts = await Promise.all([1, 2, 3, 4].map(() => service.shop.open()));
  return new Crowd(
    service,
    carts.map(({ id }) => id),
  );
}

/** Everything acknowledged is in the view, and what is there beyond it was on its way when an answer was refused. */
async function expectAllThere(service: LaunchedService, crowd: Crowd): Promise<void> {
  for (const [cartId, count] of crowd.acknowledged) {
    const { quantity, version } = await service.shop.cart(cartId, count + 1);
    expect(version).toBe(quantity + 1);
    expect(quantity).toBeGreaterThanOrEqual(count);
    expect(quantity).toBeLessThanOrEqual(count + crowd.refusals.length);
  }
}

describe('the service, when its connections are cut and no new ones can be made', () => {
  it('continues by itself when it can connect again', async () => {
    const databases = await makeDatabases('outage');
    const { COMMAND_DATABASE_URL: command, QUERY_DATABASE_URL: query } = databases.urls;
    const way = await TcpForwarder.to(command);
    const urls = { COMMAND_DATABASE_URL: way.url(command), QUERY_DATABASE_URL: way.url(query) };
    const service = await LaunchedService.start(urls).ready();
    const crowd = await crowdIn(service);
    await inTime(10_000, 'the crowd to begin', () => crowd.total >= 20);
    way.cut();
    way.stall();
    // As long as connections may take to be made: those who try then give up one by one.
    await inTime(20_000, 'commands to be refused', () => crowd.refusals.length > 0);
    way.mend();
    const after = crowd.total + 20;
    await inTime(10_000, 'the crowd to go on', () => crowd.total >= after);
    await crowd.end();
    crowd.refusals.forEach(expectComeBackLater);
    await service.ready();
    await expectAllThere(service, crowd);
    expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
    await databases.drop();
  });
});

describe('the service, when all its database sessions are ended', () => {
  it('continues to serve requests, and has every acknowledged change', async () => {
    const databases = await makeDatabases('outage');
    const service = await LaunchedService.start(databases.urls).ready();
    const crowd = await crowdIn(service);
    for (const url of [databases.urls.COMMAND_DATABASE_URL, databases.urls.QUERY_DATABASE_URL]) {
      for (const before of [crowd.total + 20, crowd.total + 40, crowd.total + 60]) {
        await inTime(10_000, 'the crowd to go on', () => crowd.total >= before);
        await column(
          url,
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        );
      }
    }
    const after = crowd.total + 20;
    await inTime(10_000, 'the crowd to go on', () => crowd.total >= after);
    await crowd.end();
    crowd.refusals.forEach(expectComeBackLater);
    await service.ready();
    await expectAllThere(service, crowd);
    expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
    await databases.drop();
  });
});

describe('the service, when its database server restarts', () => {
  it('is not ready during the restart, and then continues by itself', async () => {
    const start = (): Promise<EmbeddedPostgres> =>
      startEmbeddedPostgres({ dataDir: at.dataDir, databases: ['command', 'query'], log: () => undefined });
    let server = await start();
    const way = await TcpForwarder.to(server.url('command'));
    const service = await LaunchedService.start({
      COMMAND_DATABASE_URL: way.url(server.url('command')),
      QUERY_DATABASE_URL: way.url(server.url('query')),
    }).ready();
    const crowd = await crowdIn(service);
    await inTime(10_000, 'the crowd to begin', () => crowd.total >= 20);

    await server.stop();
    await inTime(
      10_000,
      'readiness to end',
      async () => (await service.http.get('/health/ready')).status === 503,
    );
    expect(await service.http.get('/health/live')).toMatchObject({ status: 200 });
    const [cartId = ''] = crowd.acknowledged.keys();
    const cart = `/v1/carts/${cartId}`;
    const paths = [
      cart,
      `${cart}?version=1`,
      `${cart}/events`,
      '/v1/carts',
      '/v1/products/MUG-1',
      '/v1/products',
    ];
    const answers = await Promise.all(paths.map((path) => service.http.get(path)));
    answers.forEach(expectComeBackLater);
    // So long that whoever tries again with ever longer pauses would come too late.
    await inTime(20_000, 'commands to be refused twice', () => crowd.refusals.length > 4);

    server = await start();
    way.mend(server.url('command'));
    await service.ready();
    // As soon as it is ready, the views are so near that a reader need not wait for them in vain.
    for (const [id, count] of crowd.acknowledged) await service.shop.cart(id, count + 1);
    const after = crowd.total + 20;
    await inTime(10_000, 'the crowd to go on', () => crowd.total >= after);
    await crowd.end();
    crowd.refusals.forEach(expectComeBackLater);
    await expectAllThere(service, crowd);
    expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
    await server.stop();
  });
});
