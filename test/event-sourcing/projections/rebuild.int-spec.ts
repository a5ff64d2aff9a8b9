import { EventsHandler } from '@nestjs/cqrs';
import type { RecordedEvent } from '../../../src/event-sourcing/kernel/recorded-event.js';
import { Projection } from '../../../src/event-sourcing/projections/projection.js';
import { eventually } from '../../support/eventually.js';
import { append, Deposited, openLog, Withdrawn, write, type AccountEvent } from '../support/bank.js';
import { HandlerProcess } from '../support/handler-process.js';
import { LogDatabase } from '../support/log-database.js';
import { Balance, BalanceProjection, CREATE_BALANCE } from '../support/views.js';

/** Fails as long as it is told to, at one account. */
@EventsHandler(Deposited, Withdrawn)
@Projection({ name: 'balances', view: Balance })
class MendedProjection extends BalanceProjection {
  isBroken = true;

  override evolve(row: Balance | undefined, recorded: RecordedEvent<AccountEvent>): Balance {
    if (this.isBroken && recorded.stream === 'account-a') throw new Error('It is broken.');
    return super.evolve(row, recorded);
  }
}

it('makes its holder forget the old view, so that parked events flow again', async () => {
  const [commands, queries] = await Promise.all([LogDatabase.create(), LogDatabase.create()]);
  await queries.query(CREATE_BALANCE);
  const projection = new MendedProjection();
  const process = await HandlerProcess.start({
    commandUrl: commands.url,
    queryUrl: queries.url,
    views: [Balance],
    handlers: [[projection, Deposited, Withdrawn]],
    retry: { attempts: 1, firstPauseMs: 20 },
  });
  const log = openLog(commands.url);
  const deposit = async (stream: string, version: number): Promise<void> => {
    await log.append(append([write(stream, version)])).result;
  };
  const movements = (stream: string, count: number): Promise<unknown> =>
    eventually(
      `${count} movements of ${stream}`,
      () =>
        queries.query<{ movements: number }>('SELECT movements FROM balance WHERE account = $1', [stream]),
      ([row]) => row?.movements === count,
    );

  await deposit('account-a', 0);
  await deposit('account-b', 0);
  await movements('account-b', 1);
  expect(await queries.query('SELECT stream FROM parked_event')).toEqual([{ stream: 'account-a' }]);
  projection.isBroken = false;
  await process.rebuild('balances');
  expect(await queries.query('SELECT stream FROM parked_event')).toEqual([]);
  await movements('account-a', 1);
  await deposit('account-a', 1);
  await movements('account-a', 2);
  expect(await queries.query('SELECT stream FROM parked_event')).toEqual([]);

  await Promise.all([process.stop(), log.close()]);
  await Promise.all([commands.drop(), queries.drop()]);
});
