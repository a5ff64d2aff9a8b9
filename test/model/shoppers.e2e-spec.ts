import fc from 'fast-check';
import { AS_ADMIN } from '../support/credentials.js';
import type { HttpClient } from '../support/http-client.js';
import type { Service } from '../support/service.js';
import type { HistoryEvent } from '../support/shop.js';
import { useService } from '../support/use-service.js';
import { verdictsOn } from './court.js';
import { shown, statesOf } from './shown.js';
import { Stage } from './stage.js';
import { shoppers } from './arbitrary-wishes.js';
import { LIMITS } from './wishes.js';

const RUNS = 15;
const SHOPPERS = 5;
const WISHES = 20;

const first = useService('model', {
  MAX_ITEMS_PER_CART: String(LIMITS.maxItems),
  MAX_QUANTITY: String(LIMITS.maxQuantity),
});
let second: Service;
beforeAll(async () => {
  second = await first().startAnother();
});

let runs = 0;

/** Runs shoppers on some carts at the same time, and checks all answers. */
async function expectExplained(
  processes: readonly [HttpClient, ...HttpClient[]],
  wishes: Parameters<Stage['play']>[0],
) {
  runs += 1;
  const stage = await Stage.set(processes, `run-${runs}`);
  await stage.play(wishes);
  const histories = await Promise.all(stage.carts.map(({ opened }) => historyOf(opened.id)));
  expect(verdictsOn(stage, histories, processes.length === 1)).toEqual([]);
  for (const [index, { opened }] of stage.carts.entries())
    await expectViewsAndPast(opened.id, histories[index] ?? []);
}

/** Checks that the view and the state folded by the service equal the history. */
async function expectViewsAndPast(cartId: string, history: readonly HistoryEvent[]): Promise<void> {
  const expected = statesOf(cartId, history).at(-1);
  const { length } = history;
  const view = await first().shop.look(cartId, { ...AS_ADMIN, 'x-min-version': String(length) });
  expect(shown(view.body)).toEqual(expected);
  const folded = await first().http.get<typeof view.body>(`/v1/carts/${cartId}?version=${length}`, AS_ADMIN);
  expect(shown(folded.body)).toEqual(expected);
}

async function historyOf(cartId: string): Promise<HistoryEvent[]> {
  const target = `/v1/carts/${cartId}/events?limit=1000`;
  return (await first().http.get<{ events: HistoryEvent[] }>(target, AS_ADMIN)).body.events;
}

describe.each([
  ['one process', (): [HttpClient] => [first().http]],
  ['two processes', (): [HttpClient, HttpClient] => [first().http, second.http]],
])('shoppers who act at the same time, at %s', (_name, processes) => {
  it('get answers that are correct for some order of their requests', async () => {
    // No shrinking: concurrent requests never interleave in the same way again.
    await fc.assert(
      fc.asyncProperty(shoppers(SHOPPERS, WISHES), (wishes) => expectExplained(processes(), wishes)),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});
