import { AS_SERVICE } from '../support/credentials.js';
import { DocumentedApi } from '../support/contract/documented-api.js';
import { eventually } from '../support/eventually.js';
import { HttpClient, type Answer } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import { Shop, type Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';
import { StuckLog } from './stuck-log.js';

const PLACES = 4;
const CROWD = 10 * PLACES;
const service = useService('load', { MAX_WAITING_COMMANDS: String(PLACES) });

async function cartOf(sku: string): Promise<Cart> {
  await service().shop.stock(sku);
  return service().shop.open([{ sku, quantity: 1 }]);
}

/** Sends many additions at once, and collects the answers as they come. */
function crowd(shop: Shop, { id }: Cart, sku: string) {
  const answers: Answer[] = [];
  const all = Array.from({ length: CROWD }, async () => {
    answers.push(await shop.add(id, { sku }));
  });
  return { answers, over: () => Promise.allSettled(all) };
}

function expectTurnedAway(answer: Answer): void {
  expectProblem(answer, '503 OVERLOADED');
  expect(answer.headers['retry-after']).toBe('1');
}

describe('changes while the log is stuck', () => {
  it('wait up to the limit; all others are refused at once and change nothing', async () => {
    const cart = await cartOf('STUCK-1');
    const stuck = await StuckLog.at(service().commandDatabaseUrl);
    const { answers, over } = crowd(service().shop, cart, 'STUCK-1');
    const turnedAway = await eventually(
      'the others to be answered',
      () => Promise.resolve(answers.length),
      (count) => count >= CROWD - PLACES,
    );
    expect(turnedAway).toBe(CROWD - PLACES);
    answers.forEach(expectTurnedAway);
    // Not even its body is read.
    expectTurnedAway(await service().http.send('POST', '/v1/carts', { raw: '{"broken' }));
    expect((await service().http.get('/health/live')).status).toBe(200);
    expect((await service().shop.look(cart.id)).status).toBe(200);
    await stuck.letGo();
    await over();
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(PLACES);
    expect((await service().shop.cart(cart.id, cart.version + PLACES)).quantity).toBe(1 + PLACES);
  });

  it('keep their places when their callers disconnect, as the work goes on', async () => {
    const cart = await cartOf('STUCK-2');
    const stuck = await StuckLog.at(service().commandDatabaseUrl);
    const origin = `http://127.0.0.1:${service().port}`;
    const impatient = new HttpClient(origin, await DocumentedApi.of(origin));
    const { answers, over } = crowd(new Shop(impatient), cart, 'STUCK-2');
    await eventually(
      'the others to be answered',
      () => Promise.resolve(answers.length),
      (count) => count >= CROWD - PLACES,
    );
    await impatient.abort();
    await over();
    expectTurnedAway(await service().shop.add(cart.id, { sku: 'STUCK-2' }));
    await stuck.letGo();
    const letIn = await eventually(
      'a place',
      () => service().shop.add(cart.id, { sku: 'STUCK-2' }),
      ({ status }) => status === 200,
    );
    expect(letIn.body.quantity).toBe(1 + PLACES + 1);
  });
});

describe('ten times as many changes as the limit', () => {
  it('are made or refused, and the process goes on', async () => {
    const cart = await cartOf('FLOOD-1');
    const rounds = [];
    for (let round = 0; round < 5; round++) {
      const { answers, over } = crowd(service().shop, cart, 'FLOOD-1');
      await over();
      expect(answers).toHaveLength(CROWD);
      answers.filter(({ status }) => status !== 200).forEach(expectTurnedAway);
      rounds.push(...answers);
    }
    const made = rounds.filter(({ status }) => status === 200).length;
    const { status, body } = await service().shop.add(cart.id, { sku: 'FLOOD-1' });
    expect([status, body.quantity, body.version]).toEqual([200, 2 + made, cart.version + made + 1]);
    expect((await service().http.get('/health/live')).status).toBe(200);
  });

  it('free their places after any refusal', async () => {
    const { http, shop } = service();
    const refused = [
      () => http.send('POST', '/v1/carts', { raw: '{"broken' }),
      () => http.send('POST', '/v1/carts', { body: { currency: 'XYZ' } }),
      () => http.send('PUT', '/v1/products/A', { headers: { authorization: 'Bearer x' }, body: {} }),
      () => http.send('DELETE', '/v1/carts/nothing', { headers: AS_SERVICE }),
      () => http.send('POST', '/v1/carts', { raw: 'x', headers: { 'content-type': 'text/plain' } }),
    ];
    for (const send of refused) {
      for (let count = 0; count <= PLACES; count++) {
        const { status } = await send();
        expect([400, 401, 404, 415]).toContain(status);
      }
    }
    expect((await shop.open()).version).toBe(1);
  });
});
