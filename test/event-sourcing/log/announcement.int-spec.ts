import { once } from 'node:events';
import { SettledLog } from '../../../src/event-sourcing/log/settled/settled-log.js';
import { append, openLog, write } from '../support/bank.js';
import { LogDatabase } from '../support/log-database.js';

it('tells other processes of every append, be it by a word for several', async () => {
  const database = await LogDatabase.create();
  const listener = await database.connect('another process');
  await listener.query('LISTEN event_log');
  const log = openLog(database.url);
  const settled = new SettledLog(log, { onConnectionError: fail, onFatal: fail });
  await settled.start();
  for (let version = 0; version < 3; version += 1) {
    const told = once(listener, 'notification');
    await log.append(append([write('account-1', version, 1)])).result;
    await told;
  }
  await settled.stop();
  await log.close();
  await database.drop();
});

function fail(error: Error): void {
  throw error;
}
