import { operationsOf, filledIn, type OpenApiDocument } from '../api/openapi-document.js';
import { AS_ADMIN, AS_SERVICE, asCustomer } from '../support/credentials.js';
import { eventCount } from '../support/event-count.js';
import type { Headers } from '../support/http-client.js';
import { expectProblem, pointersOf } from '../support/problem.js';
import { granted } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('query');

/** Somebody who may make a change. */
function callerAmong(callers: readonly string[]): Headers {
  if (callers.includes('service')) return AS_SERVICE;
  return callers.includes('admin') ? AS_ADMIN : asCustomer('querist');
}

describe('an unknown field of a change', () => {
  it('in the query is refused for every change, and nothing is changed', async () => {
    const { http, shop, commandDatabaseUrl } = service();
    await shop.stock('MUG-1');
    const cart = await shop.open([{ sku: 'MUG-1', quantity: 1 }]);
    const before = await eventCount(commandDatabaseUrl);
    const document = granted(await http.get<OpenApiDocument>('/openapi.json'));
    const changes = operationsOf(document).filter(({ method }) => method !== 'GET');
    expect(changes.length).toBeGreaterThan(10);
    for (const { method, path, 'x-callers': callers = [] } of changes) {
      const target = `${filledIn(path, cart).replace('{id}', cart.id)}?dryRun=true&a~%2Fb`;
      const answer = await http.send(method, target, { headers: callerAmong(callers), body: {} });
      expect([path, pointersOf(expectProblem(answer, '400 VALIDATION_FAILED'))]).toEqual([
        path,
        expect.arrayContaining(['/dryRun', '/a~0~1b']),
      ]);
    }
    expect(await eventCount(commandDatabaseUrl)).toBe(before);
  });

  it('in the body of a change without fields is refused as well', async () => {
    const { http, shop, commandDatabaseUrl } = service();
    await shop.stock('MUG-1');
    const cart = await shop.open([{ sku: 'MUG-1', quantity: 1 }]);
    const before = await eventCount(commandDatabaseUrl);
    const document = granted(await http.get<OpenApiDocument>('/openapi.json'));
    const bodiless = operationsOf(document).filter(
      ({ method, path }) => method === 'DELETE' || /\/(rebuilds|retries|repricings)$/.test(path),
    );
    expect(bodiless).toHaveLength(7);
    for (const { method, path, 'x-callers': callers = [] } of bodiless) {
      const target = filledIn(path, cart).replace('{id}', cart.id);
      const answer = await http.send(method, target, {
        headers: callerAmong(callers),
        body: { 'dry/run': true },
      });
      expect([path, pointersOf(expectProblem(answer, '400 VALIDATION_FAILED'))]).toEqual([
        path,
        ['/dry~1run'],
      ]);
    }
    expect(await eventCount(commandDatabaseUrl)).toBe(before);
  });

  it('is reported only to callers who may make the change', async () => {
    const answer = await service().http.send('PUT', '/v1/products/A?x', {
      headers: { authorization: null },
      body: {},
    });
    expectProblem(answer, '401 UNAUTHENTICATED');
    const other = await service().http.send('DELETE', '/v1/projections/x/parked-events/y?x', {
      headers: AS_SERVICE,
    });
    expectProblem(other, '403 FORBIDDEN');
  });
});
