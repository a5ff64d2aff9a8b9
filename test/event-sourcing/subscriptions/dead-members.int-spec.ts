import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { newId } from '../../../src/event-sourcing/index.js';
import { bankDatabases, startBank } from '../../bank/bank-app.js';
import { accountEvents } from '../../bank/bank.js';
import { TcpForwarder } from '../../support/tcp-forwarder.js';
import { eventually } from '../../support/eventually.js';
import { append, Deposited, openLog, Withdrawn, write } from '../support/bank.js';
import { HandlerProcess } from '../support/handler-process.js';
import { LogDatabase } from '../support/log-database.js';
import { Balance, BalanceProjection, CREATE_BALANCE } from '../support/views.js';

class Ring {
  constructor(readonly bell: string) {}
}

@CommandHandler(Ring)
class RingHandler implements ICommandHandler<Ring> {
  readonly rung: string[] = [];

  execute({ bell }: Ring): Promise<void> {
    this.rung.push(bell);
    return Promise.resolve();
  }
}

it('fences off a process that was cut off, including writes that it sent before and that arrive late', async () => {
  const [commands, queries] = await Promise.all([LogDatabase.create(), LogDatabase.create()]);
  await queries.query(CREATE_BALANCE);
  const forwarder = await TcpForwarder.to(queries.url);
  const start = (queryUrl: string): Promise<HandlerProcess> =>
    HandlerProcess.start({
      commandUrl: commands.url,
      queryUrl,
      views: [Balance],
      handlers: [[new BalanceProjection(), Deposited, Withdrawn]],
    });
  const log = openLog(commands.url);
  let version = 0;
  const deposit = async (): Promise<void> => {
    for (let time = 0; time < 5; time += 1) await log.append(append([write('account-a', version++)])).result;
  };
  const allAreSeen = (): Promise<unknown> =>
    eventually(
      `the view to show ${version} movements`,
      () => queries.query<{ movements: number }>('SELECT amount, movements FROM balance'),
      ([row]) => row?.movements === version,
    );
  const member = async (): Promise<unknown> => (await queries.query('SELECT member FROM checkpoint'))[0];

  const first = await start(forwarder.url(queries.url));
  await deposit();
  await allAreSeen();
  const before = await member();
  forwarder.stall();
  await deposit();
  const second = await start(queries.url);
  await allAreSeen();
  const after = await member();
  expect(after).not.toEqual(before);
  await deposit();
  await allAreSeen();

  forwarder.resume();
  await first.becomes('balances', 'waiting');
  await deposit();
  await allAreSeen();
  expect(await member()).toEqual(after);
  expect(second.subscription('balances').state).toBe('running');

  await Promise.all([first.stop(), second.stop(), log.close()]);
  await TcpForwarder.closeAll();
  await Promise.all([commands.drop(), queries.drop()]);
});

it('takes over the commands of a process whose session has ended, but not those of a living process', async () => {
  const databases = await bankDatabases();
  const database = await new DataSource(databases.command).initialize();
  const session = database.createQueryRunner();
  const [dead, living] = [newId(), newId()];
  // Longer than the test may take: nobody waits for these leases to be over.
  for (const [bell, holder] of Object.entries({ dead, living })) {
    await database.query(
      `INSERT INTO lease_member (id, alive_until) VALUES ($1, now() + interval '1 hour')`,
      [holder],
    );
    await database.query(
      `INSERT INTO durable_command (id, run_id, source, type, data, metadata, ready, due_at, holder, leased_until)
       VALUES ($1, gen_random_uuid(), 'commands', 'bell.ring', jsonb_build_object('bell', $1::text),
               '{"correlationId": "test", "causationId": "test", "actor": {"type": "system", "id": null}}',
               true, now(), $2, now() + interval '1 hour')`,
      [bell, holder],
    );
  }
  await session.query(`SELECT pg_advisory_lock_shared(hashtextextended('member ' || $1, 0))`, [living]);
  const bank = await startBank(databases, {
    events: { ...accountEvents, commands: { 'bell.ring': Ring } },
    others: [[RingHandler]],
  });
  const { rung } = bank.context.get(RingHandler, { strict: false });
  const rings = (bell: string): Promise<unknown> =>
    eventually(
      `"${bell}" to ring`,
      () => Promise.resolve(rung),
      (all) => all.includes(bell),
    );

  await rings('dead');
  expect(await database.query('SELECT id, holder FROM durable_command WHERE holder = $1', [living])).toEqual([
    { id: 'living', holder: living },
  ]);
  await session.query('SELECT pg_advisory_unlock_all()');
  await rings('living');
  expect(rung).toEqual(['dead', 'living']);

  await bank.stop();
  await session.release();
  await database.destroy();
  await databases.drop();
});
