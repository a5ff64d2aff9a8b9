import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { EventsHandler } from '@nestjs/cqrs';
import { DurableCqrsAdminModule, DurableHandler } from '../../../src/event-sourcing/index.js';
import { bankDatabases, type BankDatabases } from '../../bank/bank-app.js';
import { MoneyMoved } from '../../bank/bank.js';
import { eventually } from '../../support/eventually.js';
import { startBankServer, type Answer, type BankServer } from './bank-server.js';

/** Admits requests with a header. */
@Injectable()
class OperatorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-operator'] === 'yes';
  }
}

/** Fails at the amount 13. */
@EventsHandler(MoneyMoved)
@DurableHandler({ name: 'auditor' })
class Auditor {
  isMended = false;
  readonly heard: number[] = [];

  handle({ amount }: MoneyMoved): void {
    if (amount === 13 && !this.isMended) throw new Error('13 is unlucky.');
    this.heard.push(amount);
  }
}

let databases: BankDatabases;
let server: BankServer;

beforeEach(async () => {
  databases = await bankDatabases();
  server = await startBankServer(
    databases,
    { others: [[Auditor]], settings: { retry: { attempts: 1, firstPauseMs: 20 } } },
    { imports: [DurableCqrsAdminModule.forRoot({ path: 'ops', guards: [OperatorGuard] })] },
  );
});
afterEach(async () => {
  await server.bank.stop();
  await databases.drop();
});

const as = (method: string, path: string): Promise<Answer> =>
  server.request(method, `/ops/${path}`, { 'x-operator': 'yes' });

const parked = async (): Promise<{ id: string; error: string }[]> =>
  ((await as('GET', 'handlers/auditor/parked')).body as { items: { id: string; error: string }[] }).items;

it('refuses to be mounted without a guard, unless it is told so', () => {
  expect(() => DurableCqrsAdminModule.forRoot({})).toThrow('DurableCqrsAdminModule has no guard');
  expect(() => DurableCqrsAdminModule.forRoot({ guards: [] })).toThrow('set unguarded: true');
  expect(DurableCqrsAdminModule.forRoot({ unguarded: true }).controllers).toHaveLength(1);
});

it('lets only those in whom the guards admit', async () => {
  const id = '0190a000-0000-7000-8000-000000000000';
  for (const [method, path] of [
    ['GET', 'handlers'],
    ['GET', 'commands'],
    ['GET', 'handlers/auditor/parked'],
    ['POST', 'handlers/balances/rebuilds'],
    ['POST', `handlers/auditor/parked/${id}/retries`],
    ['DELETE', `handlers/auditor/parked/${id}`],
  ] as const) {
    expect([method, path, (await server.request(method, `/ops/${path}`)).status]).toEqual([
      method,
      path,
      403,
    ]);
  }
});

it('shows, retries and drops what is parked', async () => {
  await server.bank.move('a', 13);
  await server.bank.move('b', 13);
  const [first, second] = await eventually('two events to be parked', parked, (items) => items.length === 2);
  expect(first?.error).toContain('13 is unlucky.');
  expect(await as('DELETE', `handlers/auditor/parked/${first?.id ?? ''}`)).toMatchObject({ status: 204 });
  server.bank.context.get(Auditor, { strict: false }).isMended = true;
  expect(await as('POST', `handlers/auditor/parked/${second?.id ?? ''}/retries`)).toMatchObject({
    status: 202,
  });
  await eventually('nothing to be parked', parked, (items) => items.length === 0);
  expect(server.bank.context.get(Auditor, { strict: false }).heard).toEqual([13]);
  expect(await as('DELETE', `handlers/auditor/parked/${first?.id ?? ''}`)).toMatchObject({ status: 404 });
  expect(await as('DELETE', 'handlers/auditor/parked/x')).toMatchObject({ status: 404 });
  expect(await as('GET', 'handlers/nobody/parked')).toMatchObject({ status: 404 });
});

it('rebuilds a view, and lists handlers and stored commands', async () => {
  await server.bank.move('a', 5);
  const handlers = async () => (await as('GET', 'handlers')).body as { name: string; lag: number }[];
  await eventually('all to be handled', handlers, (all) => all.every(({ lag }) => lag === 0));
  expect((await handlers()).map(({ name }) => name).sort()).toEqual([
    'auditor',
    'balances',
    'commands',
    'postman',
  ]);
  expect(await as('POST', 'handlers/balances/rebuilds')).toMatchObject({ status: 202 });
  expect(await as('POST', 'handlers/auditor/rebuilds')).toMatchObject({ status: 404 });
  expect(await as('GET', 'commands')).toMatchObject({ status: 200, body: { commands: [], next: null } });
});
