import { expectProblem } from '../support/problem.js';
import { inTime } from './conditions.js';
import { withClient } from './embedded-database.js';
import { useFolders } from './folders.js';
import { LaunchedService } from './launched-service.js';
import { makeDatabases } from './operator-databases.js';

useFolders();

describe('the service, when a newer one has stored events that it does not know', () => {
  it('skips none of them, is no longer ready, and says why', async () => {
    const databases = await makeDatabases('unknown_event');
    const service = await LaunchedService.start(databases.urls).ready();
    await withClient(databases.urls.COMMAND_DATABASE_URL, (client) =>
      client.query(
        `INSERT INTO event_log (position, stream, version, id, type, schema_version, data, metadata, occurred_at)
         VALUES (nextval('event_position'), 'cart-1', 1, gen_random_uuid(), 'cart.sealed', 1, '{}', '{}', now())`,
      ),
    );
    await inTime(
      10_000,
      'readiness to end',
      async () => (await service.http.get('/health/ready')).status === 503,
    );
    expect(service.stdout).toContain(
      'This process is outdated and leaves its handlers to other processes: The log holds',
    );
    const { body } =
      await service.http.get<{ state: string; lag: number; name: string }[]>('/v1/projections');
    expect(body.map(({ name, state, lag }) => [name, state, lag])).toEqual([
      ['catalog-products', 'outdated', 1],
      ['carts', 'outdated', 1],
      ['cart-abandonment', 'outdated', 1],
      ['commands', 'outdated', 0],
    ]);
    const { text } = await service.http.get('/metrics');
    expect(text).toContain('\ncartwright_outdated 1\n');
    expect(text).toContain(
      'cartwright_subscription_state{name="carts",kind="projection",state="outdated"} 1',
    );
    // Whoever reads the log here must not take the event before for its end.
    expectProblem(await service.http.get('/v1/events'), '503 OVERLOADED');
    expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
    await databases.drop();
  });
});
