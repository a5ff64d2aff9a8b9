import type { BenchContext } from '../support/bench.js';
import { ratios, type Results } from '../support/rounds.js';
import { quantile } from '../support/statistics.js';
import { table, withSpread } from '../support/table.js';
import { post, type HttpConnection } from './http-connection.js';
import type { BenchService } from './service.js';
import { addItemBody, openFilledCart, SKUS, tokenLine, type BenchCart } from './shop.js';

const BIG = 500;
const PAIRS_A_ROUND = 40;
const MINIMAL = 'prefer: return=minimal\r\n';

/** How long an add takes to a cart of 500 items, beside one to a cart of one; one request at a time, in turn. */
export async function bigCart({ rounds, say }: BenchContext, service: BenchService): Promise<string> {
  const results = new Map<string, number[]>();
  await service.withConnections(1, async ([connection]) => {
    if (connection === undefined) return;
    const timed = async (cart: BenchCart, sku: string): Promise<number> => {
      const headers = MINIMAL + tokenLine(cart);
      const request = post(`/v1/carts/${cart.id}/items`, addItemBody(sku), headers);
      // What goes on in the views belongs to the add before.
      await service.settle();
      const startedAt = performance.now();
      await connection.send(request);
      return performance.now() - startedAt;
    };
    for (let round = 0; round <= rounds; round += 1) {
      say(round === 0 ? 'big cart: warming up' : `round ${round} of ${rounds}`);
      const latencies = await oneRound(connection, timed);
      if (round === 0) continue;
      for (const [name, values] of latencies) {
        results.set(name, [...(results.get(name) ?? []), quantile(Float64Array.from(values).sort(), 0.5)]);
      }
    }
  });
  return report(results);
}

async function oneRound(
  connection: HttpConnection,
  timed: (cart: BenchCart, sku: string) => Promise<number>,
): Promise<Map<string, number[]>> {
  const latencies = new Map<string, number[]>();
  const take = async (name: string, cart: BenchCart, sku: string): Promise<void> => {
    latencies.set(name, [...(latencies.get(name) ?? []), await timed(cart, sku)]);
  };
  const small = await openFilledCart(connection, 1);
  const big = await openFilledCart(connection, BIG);
  const growing = await openFilledCart(connection, BIG);
  for (let pair = 0; pair < PAIRS_A_ROUND; pair += 1) {
    await take('more of an item, cart of 1', small, SKUS[0] ?? '');
    await take('more of an item, cart of 500', big, SKUS[(pair * 7) % BIG] ?? '');
    await take('a new item, cart of 1', await openFilledCart(connection, 1), SKUS[BIG + pair] ?? '');
    await take('a new item, cart of 500', growing, SKUS[BIG + pair] ?? '');
  }
  return latencies;
}

function report(results: Results<number>): string {
  const rows = [...results].map(([name, medians]) => [name, withSpread(medians, 2)]);
  const compared = ['more of an item', 'a new item'].map((what) => {
    const compare = ratios(results, `${what}, cart of 500`, `${what}, cart of 1`, (median) => median);
    return `${what}, cart of 500 : cart of 1 = ${withSpread(compare, 2)}`;
  });
  return ['Add to a big cart, minimal answer', table(['add', 'p50 ms (min-max)'], rows), ...compared].join(
    '\n',
  );
}
