import { DataSource } from 'typeorm';
import { poolOf } from '../../../src/event-sourcing/index.js';
import { surviveLostConnections } from '../../../src/event-sourcing/postgres/survive-lost-connections.js';
import { LogDatabase } from '../support/log-database.js';
import { LossyProxy } from '../support/lossy-proxy.js';

const ENDED = /terminating connection|not queryable|Connection terminated/;

describe('a session that the server ends right behind an answer', () => {
  it('fails the statement that comes next, and no more than that', async () => {
    const database = await LogDatabase.create();
    const proxy = await LossyProxy.before(database.url);
    const dataSource = await new DataSource({
      type: 'postgres',
      url: proxy.url,
      extra: { max: 1 },
    }).initialize();
    surviveLostConnections(dataSource);

    proxy.endSessionsAtOnce();
    const answered = poolOf(dataSource).query('SELECT 1');
    // Waits for the only connection, and gets it in the moment in which it ends.
    const next = dataSource.query('SELECT 2');
    await expect(next).rejects.toThrow(ENDED);
    await answered;

    await dataSource.destroy();
    await proxy.close();
    await database.drop();
  });
});
