import { inTime } from './conditions.js';
import { withClient } from './embedded-database.js';
import { useFolders } from './folders.js';
import { LaunchedService } from './launched-service.js';
import { makeDatabases } from './operator-databases.js';

useFolders();

describe('the service, when a newer one has stored events that it does not know', () => {
  it('is not ready any more and says why, rather than to skip them', async () => {
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
      'The event log can no longer be followed: The log holds \\"cart.sealed\\"',
    );
    expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
    await databases.drop();
  });
});
