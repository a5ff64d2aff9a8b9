import { AS_ADMIN, AS_SERVICE, asCustomer } from '../support/credentials.js';
import type { Headers } from '../support/http-client.js';
import { granted, type History, type HistoryEvent } from '../support/shop.js';
import { useService } from '../support/use-service.js';
import { guestCart, openAs } from '../access/parties.js';

const service = useService('history_readers');
const mug = { sku: 'MUG-1', quantity: 1 };
const CARLA = asCustomer('carla');

beforeAll(() => service().shop.stock('MUG-1', 1000));

async function historyFor(reader: Headers, cartId: string): Promise<readonly HistoryEvent[]> {
  return granted(await service().http.get<History>(`/v1/carts/${cartId}/events`, reader)).events;
}

/** The actor and the ids of the request, as an event shows them. */
const told = ({ actor, correlationId, causationId }: HistoryEvent) => ({ actor, correlationId, causationId });
const by = (actor: object, request: string) => ({ actor, correlationId: request, causationId: request });
const hidden = (type: string) => ({ actor: { type }, correlationId: undefined, causationId: undefined });

const as = (caller: Headers, request: string): Headers => ({ ...caller, 'x-request-id': request });

it('shows a guest the events of staff and customers, without their ids and requests', async () => {
  const { http, shop } = service();
  const { cart, owner } = await guestCart(http);
  await shop.add(cart.id, mug, as(owner, 'of-guest'));
  await shop.add(cart.id, mug, as(AS_ADMIN, 'of-admin'));
  await shop.add(cart.id, mug, as(AS_SERVICE, 'of-service'));
  await shop.add(cart.id, mug, as({ ...owner, ...CARLA }, 'of-carla'));

  const events = await historyFor(owner, cart.id);
  expect(events.slice(1).map(told)).toEqual([
    by({ type: 'guest', id: null }, 'of-guest'),
    hidden('admin'),
    hidden('service'),
    hidden('customer'),
  ]);
  expect(JSON.stringify(events)).not.toMatch(/anna|till|carla|of-admin|of-service|of-carla/);
  for (const staff of [AS_ADMIN, AS_SERVICE]) {
    expect((await historyFor(staff, cart.id)).slice(1).map(told)).toEqual([
      by({ type: 'guest', id: null }, 'of-guest'),
      by({ type: 'admin', id: 'anna' }, 'of-admin'),
      by({ type: 'service', id: 'till' }, 'of-service'),
      by({ type: 'customer', id: 'carla' }, 'of-carla'),
    ]);
  }
});

it('shows customers their own events in full, and those from before their claim', async () => {
  const { http, shop } = service();
  const { cart, owner } = await guestCart(http);
  await shop.add(cart.id, mug, as(owner, 'of-guest'));
  await shop.add(cart.id, mug, as(AS_ADMIN, 'of-admin'));
  const olga = asCustomer('olga');
  granted(
    await http.send('POST', `/v1/carts/${cart.id}/claims`, {
      headers: as({ ...owner, ...olga }, 'the-claim'),
      body: {},
    }),
  );

  expect((await historyFor(olga, cart.id)).slice(1).map(told)).toEqual([
    by({ type: 'guest', id: null }, 'of-guest'),
    hidden('admin'),
    by({ type: 'customer', id: 'olga' }, 'the-claim'),
  ]);
});

it('distinguishes staff from a customer of the same name', async () => {
  const { http, shop } = service();
  const anna = asCustomer('anna');
  const { id } = await openAs(http, anna);
  await shop.add(id, mug, as(AS_ADMIN, 'of-admin'));
  expect((await historyFor(anna, id)).slice(1).map(told)).toEqual([hidden('admin')]);
});
