import { Client } from 'pg';
import { inTime } from '../lifecycle/conditions.js';
import { LaunchedService } from '../lifecycle/launched-service.js';
import { makeDatabases } from '../lifecycle/operator-databases.js';
import { expectProblem } from '../support/problem.js';
import { useService } from '../support/use-service.js';

const clients: Client[] = [];
// Hooks run in this order: connections have to go before the service takes its databases down.
afterAll(() => Promise.all(clients.map((client) => client.end())));
const service = useService('health');

const ready = () => service().http.get<{ details: object }>('/health/ready');

it('is ready with both databases, their migrations, and the handlers', async () => {
  const { status, body } = await ready();
  expect(status).toBe(200);
  expect(body.details).toMatchObject({
    command: { status: 'up' },
    query: { status: 'up' },
    migrations: { status: 'up' },
    handlers: { status: 'up', carts: 'running' },
  });
});

it.each(['command', 'query'] as const)(
  'is not ready while a migration of the %s database is reverted',
  async (which) => {
    const url = which === 'command' ? service().commandDatabaseUrl : service().queryDatabaseUrl;
    const client = new Client({ connectionString: url });
    clients.push(client);
    await client.connect();
    const { rows } = await client.query<{ timestamp: string; name: string }>(
      'DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations) RETURNING timestamp, name',
    );
    expectProblem(await ready(), '503 OVERLOADED');
    await client.query('INSERT INTO migrations (timestamp, name) VALUES ($1, $2)', [
      rows[0]?.timestamp,
      rows[0]?.name,
    ]);
    expect((await ready()).status).toBe(200);
  },
);

it('is not ready while the database has refused a handler’s writes for long', async () => {
  const databases = await makeDatabases('refused_writes');
  const refusing = await LaunchedService.start(databases.urls).ready();
  const views = new Client({ connectionString: databases.urls.QUERY_DATABASE_URL });
  await views.connect();
  const becomes = (status: number): Promise<void> =>
    inTime(
      30_000,
      `readiness to be ${status}`,
      async () => (await refusing.http.get('/health/ready')).status === status,
    );
  await views.query('ALTER TABLE carts RENAME TO elsewhere');
  await refusing.shop.open();
  await becomes(503);
  const { body } = await refusing.http.get<{ name: string; state: string }[]>('/v1/projections');
  expect(body.find(({ name }) => name === 'carts')).toMatchObject({ state: 'retrying', lag: 1 });
  await views.query('ALTER TABLE elsewhere RENAME TO carts');
  await views.end();
  await becomes(200);
  expect(await refusing.stop()).toMatchObject({ code: 0, stderr: '' });
  await databases.drop();
}, 120_000);
