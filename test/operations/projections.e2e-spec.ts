import { AS_NOBODY, AS_SERVICE } from '../support/credentials.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/problem.js';
import { useService } from '../support/use-service.js';

const service = useService('projections');
const UNKNOWN_ID = '01a2072e-0f7c-753a-a381-fbd26ce46ce4';

interface Status {
  readonly name: string;
  readonly kind: string;
  readonly position: number;
  readonly head: number;
  readonly lag: number;
  readonly lagSeconds: number;
  readonly state: string;
  readonly parked: number;
}

const statuses = async () => (await service().http.get<Status[]>('/v1/projections')).body;

it('shows every projection, caught up after a while', async () => {
  await service().shop.stockAll(['MUG-1']);
  await service().shop.open([{ sku: 'MUG-1', quantity: 1 }]);
  const found = await eventually('all to be caught up', statuses, (all) =>
    all.every(({ lag, state, head }) => lag === 0 && state === 'running' && head > 0),
  );
  expect(found.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual([
    'handler commands',
    'projection carts',
    'projection catalog-products',
    'saga cart-abandonment',
  ]);
  for (const status of found) {
    expect(status).toEqual({
      name: status.name,
      kind: status.kind,
      position: status.head,
      head: status.head,
      lag: 0,
      lagSeconds: 0,
      state: 'running',
      parked: 0,
      rebuilding: false,
    });
  }
});

it('lists no parked events if there are none', async () => {
  for (const name of ['carts', 'commands']) {
    const answer = await service().http.get(`/v1/projections/${name}/parked-events`);
    expect(answer).toMatchObject({ status: 200, body: { events: [], nextCursor: null } });
  }
});

it('answers 404 for an unknown handler, and for an item that is not parked', async () => {
  const { http } = service();
  for (const name of ['nobody', '%00', 'carts%20']) {
    expectProblem(await http.get(`/v1/projections/${name}/parked-events`), '404 NOT_FOUND');
  }
  for (const name of ['nobody', 'carts', 'commands']) {
    for (const id of [UNKNOWN_ID, 'no-uuid']) {
      const path = `/v1/projections/${name}/parked-events/${id}`;
      expectProblem(await http.send('POST', `${path}/retries`), '404 NOT_FOUND');
      expectProblem(await http.send('DELETE', path), '404 NOT_FOUND');
    }
  }
});

it('refuses unknown cursors and parameters', async () => {
  const { http } = service();
  const path = '/v1/projections/carts/parked-events';
  const foreign = Buffer.from('["x"]').toString('base64url');
  for (const query of ['cursor=abc', `cursor=${foreign}`, 'limit=0', 'limit=101', 'more=1']) {
    expectProblem(await http.get(`${path}?${query}`), '400 VALIDATION_FAILED');
  }
});

it('is for admins', async () => {
  const { http } = service();
  expectProblem(await http.get('/v1/projections', AS_NOBODY), '401 UNAUTHENTICATED');
  expectProblem(await http.get('/v1/projections', AS_SERVICE), '403 FORBIDDEN');
});
