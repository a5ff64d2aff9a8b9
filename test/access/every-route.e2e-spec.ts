import {
  examplesOf,
  filledIn,
  operationsOf,
  type OpenApiDocument,
  type Operation,
} from '../api/openapi-document.js';
import { AS_ADMIN, AS_NOBODY, AS_SERVICE, asCustomer } from '../support/credentials.js';
import type { Answer, Headers } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import { useService } from '../support/use-service.js';
import { BAD_JWT, CARLA, carlasCart, guestCart, OTTO, WRONG_TOKEN, type OwnedCart } from './parties.js';

const service = useService('every_route');

const ADMIN = 'admin';
const STAFF = 'admin service';
const OF_A_CART = `guest customer ${STAFF}`;

/** Who may call what, by the contract. A route that is missing here has to be thought about first. */
const CALLERS: Readonly<Record<string, string>> = {
  'POST /v1/carts': 'anybody customer',
  'GET /v1/carts': STAFF,
  'GET /v1/carts/{cartId}': OF_A_CART,
  'DELETE /v1/carts/{cartId}': OF_A_CART,
  'GET /v1/carts/{cartId}/items': OF_A_CART,
  'POST /v1/carts/{cartId}/items': OF_A_CART,
  'PATCH /v1/carts/{cartId}/items': OF_A_CART,
  'DELETE /v1/carts/{cartId}/items': OF_A_CART,
  'PATCH /v1/carts/{cartId}/items/{itemId}': OF_A_CART,
  'DELETE /v1/carts/{cartId}/items/{itemId}': OF_A_CART,
  'POST /v1/carts/{cartId}/repricings': OF_A_CART,
  'GET /v1/carts/{cartId}/events': OF_A_CART,
  'POST /v1/carts/{cartId}/claims': 'customer',
  'PUT /v1/me/cart': 'customer',
  'GET /v1/products': 'anybody',
  'GET /v1/products/{sku}': 'anybody',
  'PUT /v1/products/{sku}': STAFF,
  'POST /v1/products/imports': STAFF,
  'GET /v1/events': STAFF,
  'GET /v1/events/stream': STAFF,
  'POST /v1/events': 'service',
  'GET /v1/projections': ADMIN,
  'POST /v1/projections/{name}/rebuilds': ADMIN,
  'GET /v1/projections/{name}/parked-events': ADMIN,
  'POST /v1/projections/{name}/parked-events/{id}/retries': ADMIN,
  'DELETE /v1/projections/{name}/parked-events/{id}': ADMIN,
  'GET /metrics': 'anybody',
  'GET /health/live': 'anybody',
  'GET /health/ready': 'anybody',
};

const ITEMS = ['MUG-1', 'TEA-1'].map((sku) => ({ sku, quantity: 1 }));

let document: OpenApiDocument;
let operations: readonly Operation[];

beforeAll(async () => {
  await service().shop.stockAll(['MUG-1', 'TEA-1']);
  document = (await service().http.get<OpenApiDocument>('/openapi.json')).body;
  operations = operationsOf(document);
});

const nameOf = ({ method, path }: Operation) => `${method} ${path}`;
const callersOf = (operation: Operation) => operation['x-callers'] ?? [];
const routes = Object.keys(CALLERS);
function found(route: string): Operation {
  const operation = operations.find((one) => nameOf(one) === route);
  if (operation === undefined) throw new Error(`The document has no ${route}.`);
  return operation;
}

/** Sends the request that the document shows, on a cart. */
async function call(operation: Operation, { cart }: OwnedCart, headers: Headers): Promise<Answer> {
  const { method, path, requestBody } = operation;
  const [body] = requestBody === undefined ? [] : examplesOf(requestBody.content);
  const raw = body === undefined ? {} : { raw: filledIn(JSON.stringify(body), cart) };
  return service().http.send(method, filledIn(path, cart), { headers, ...raw });
}

function expectGranted(answer: Answer): void {
  expect([answer.text, Math.floor(answer.status / 100)]).toEqual([answer.text, 2]);
}

/** What a caller must be told who is not among those that may call. */
function expectTurnedAway(answer: Answer, refusal: '401 UNAUTHENTICATED' | '403 FORBIDDEN'): void {
  expectProblem(answer, refusal);
  expect(answer.headers['www-authenticate']).toBe(refusal.startsWith('401') ? 'Bearer' : undefined);
}

it('documents who may call each route, as the contract does', () => {
  const told = operations.map((operation) => [nameOf(operation), callersOf(operation).join(' ')]);
  expect(Object.fromEntries(told)).toEqual(CALLERS);
  for (const { description = '' } of operations) expect(description).toMatch(/For \w.+\.$/);
});

it('documents the credentials of each route', () => {
  expect(Object.keys(document.components.securitySchemes).sort()).toEqual([
    'bearer',
    'cartToken',
    'customer',
  ]);
  for (const operation of operations) {
    const schemes = operation.security?.map((one) => Object.keys(one).join('+'));
    const callers = callersOf(operation).join(' ');
    const expected: Record<string, string[]> = {
      anybody: [],
      'anybody customer': ['', 'bearer'],
      [ADMIN]: ['bearer'],
      [STAFF]: ['bearer'],
      service: ['bearer'],
      customer: [operation.path.includes('/claims') ? 'customer+cartToken' : 'customer'],
      [OF_A_CART]: ['cartToken', 'bearer'],
    };
    expect([nameOf(operation), schemes]).toEqual([nameOf(operation), expected[callers]]);
    const statuses = Object.keys(operation.responses);
    if (operation.path.startsWith('/v1/')) {
      expect(operation.responses['401']).toMatchObject({ headers: { 'WWW-Authenticate': {} } });
    }
    const turnsAway = [STAFF, ADMIN, 'service', 'customer'].includes(callers);
    expect([nameOf(operation), statuses.includes('403')]).toEqual([nameOf(operation), turnsAway]);
  }
});

describe.each(routes)('%s', (route) => {
  const may = (CALLERS[route] ?? '').split(' ');
  const isOpen = may.includes('anybody');
  const isOfCart = route.includes('{cartId}');

  it('without credentials', async () => {
    const answer = await call(found(route), await guestCart(service().http, ITEMS), AS_NOBODY);
    if (isOpen) expectGranted(answer);
    else expectTurnedAway(answer, '401 UNAUTHENTICATED');
  });

  it("with a guest's token", async () => {
    const mine = await guestCart(service().http, ITEMS);
    const answer = await call(found(route), mine, mine.owner);
    if (isOpen || may.includes('guest')) expectGranted(answer);
    else expectTurnedAway(answer, '401 UNAUTHENTICATED');
  });

  it('with the token of another cart, a made-up one and an empty one', async () => {
    const [mine, other] = [await guestCart(service().http, ITEMS), await guestCart(service().http, ITEMS)];
    for (const wrong of [mine.owner, WRONG_TOKEN]) {
      const answer = await call(found(route), other, wrong);
      if (isOpen) expectGranted(answer);
      else if (isOfCart && may.includes('guest')) expectProblem(answer, '404 CART_NOT_FOUND');
      else expectTurnedAway(answer, '401 UNAUTHENTICATED');
    }
    const answer = await call(found(route), other, { 'x-cart-token': '' });
    if (isOpen) expectGranted(answer);
    else expectTurnedAway(answer, '401 UNAUTHENTICATED');
  });

  it("with a customer's JWT, on a cart of the customer's own and on those of others", async () => {
    const { http } = service();
    for (const [open, caller] of [
      [carlasCart, CARLA],
      [carlasCart, OTTO],
      [guestCart, asCustomer('olga')],
    ] as const) {
      const owned = await open(http, ITEMS);
      const answer = await call(found(route), owned, caller);
      const hasOne = route === 'POST /v1/carts' && owned.owner === caller;
      if (hasOne) expectProblem(answer, '409 ACTIVE_CART_EXISTS');
      else if (isOpen) expectGranted(answer);
      else if (!may.includes('customer')) expectTurnedAway(answer, '403 FORBIDDEN');
      else if (owned.owner === caller || !isOfCart) expectGranted(answer);
      else expectProblem(answer, '404 CART_NOT_FOUND');
    }
  });

  it("with an admin's JWT and a service's, on everybody's carts", async () => {
    const { http } = service();
    for (const [kind, staff] of [
      ['admin', AS_ADMIN],
      ['service', AS_SERVICE],
    ] as const) {
      for (const owned of [await carlasCart(http, ITEMS), await guestCart(http, ITEMS)]) {
        const answer = await call(found(route), owned, staff);
        if (!isOpen && !may.includes(kind)) expectTurnedAway(answer, '403 FORBIDDEN');
        // Nothing is parked here: whoever is let in is told so.
        else if (route.includes('{id}')) expectProblem(answer, '404 NOT_FOUND');
        else expectGranted(answer);
      }
    }
  });

  it('with an invalid JWT, whatever else is sent', async () => {
    const mine = await guestCart(service().http, ITEMS);
    for (const headers of [BAD_JWT, { ...mine.owner, ...BAD_JWT }]) {
      const answer = await call(found(route), mine, headers);
      if (route.includes(' /v1/')) {
        expectProblem(answer, '401 UNAUTHENTICATED');
        expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
      } else expectGranted(answer);
    }
  });
});

it('cannot be bypassed by another encoding of the path', async () => {
  const { http } = service();
  expectTurnedAway(await http.get('/%76%31/carts', AS_NOBODY), '401 UNAUTHENTICATED');
  expectTurnedAway(await http.get('/%76%31/carts', CARLA), '403 FORBIDDEN');
  expectProblem(await http.get('/%76%31/products', BAD_JWT), '401 UNAUTHENTICATED');
  expectGranted(await http.get('/%76%31/carts', AS_ADMIN));
});

it.each(['/docs', '/docs/start.js', '/openapi.json', '/asyncapi.json'])(
  'shows %s to anybody, even with an invalid JWT',
  async (path) => {
    for (const headers of [AS_NOBODY, BAD_JWT]) expectGranted(await service().http.get(path, headers));
  },
);
