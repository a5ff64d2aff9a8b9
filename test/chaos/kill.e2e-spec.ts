import { serverPid } from '../database/service-process.js';
import { inTime } from '../lifecycle/conditions.js';
import { embeddedUrl, withClient } from '../lifecycle/embedded-database.js';
import { useFolders } from '../lifecycle/folders.js';
import { LaunchedService } from '../lifecycle/launched-service.js';
import { expectHistoryOf, foldHistory } from '../support/fold-history.js';
import type { HistoryEvent } from '../support/shop.js';
import { eventsInViews, readLog, readViews, type StoredEvent } from './evidence.js';
import { Ledger } from './ledger.js';
import { SeededRandom } from './seeded-random.js';
import { Shoppers, SKUS } from './shoppers.js';

const SHOPPERS = 16;
const KILLS = 5;
const LIMIT_MS = 180_000;

const at = useFolders();
const random = new SeededRandom(Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 32));
const ledger = new Ledger();

/** Ends the running service in some way, under load, and starts the next one. */
async function crash(
  service: { current: Promise<LaunchedService> },
  end: (dying: LaunchedService) => Promise<unknown>,
): Promise<void> {
  const before = ledger.acknowledged + random.between(200, 600);
  await inTime(60_000, `${before} commands to be acknowledged`, () => ledger.acknowledged >= before);
  const dying = await service.current;
  service.current = end(dying).then(() => LaunchedService.start({ DATA_DIR: at.dataDir }).ready());
  await service.current;
}

describe(`killed again and again (CHAOS_SEED=${random.seed})`, () => {
  it(
    'the service keeps all that it acknowledged, once, and its views are what a replay from zero gives',
    async () => {
      const service = { current: LaunchedService.start({ DATA_DIR: at.dataDir }).ready() };
      await (await service.current).shop.stockAll(SKUS);
      const shoppers = new Shoppers(SHOPPERS, () => service.current, random, ledger);
      for (let kills = 0; kills < KILLS; kills += 1) await crash(service, (dying) => dying.kill());
      await crash(service, async (dying) => {
        process.kill(Number(await serverPid(at.dataDir)), 'SIGKILL');
        return dying.ended;
      });
      await shoppers.end();
      // Otherwise nothing was under way when it was killed.
      expect(ledger.of('unknown').length).toBeGreaterThan(KILLS);

      const last = await service.current;
      const [command, query] = [
        await embeddedUrl(at.dataDir, 'cartwright_command'),
        await embeddedUrl(at.dataDir, 'cartwright_query'),
      ];
      const log = await readLog(command);
      expectStreamsWithoutGaps(log);
      expectEachRequestOnce(log);
      await expectShownStatesInHistory(last);
      await viewsHaveTakenIn(log, query);
      await expectViewsAsFromZero(log, command, query);
      expect(await last.stop()).toMatchObject({ code: 0, stderr: '' });
    },
    LIMIT_MS,
  );
});

function expectStreamsWithoutGaps(log: readonly StoredEvent[]): void {
  const wrong = log.filter((event, index) => {
    const before = log[index - 1];
    if (before?.stream !== event.stream) return event.version !== 1;
    return event.version !== before.version + 1 || event.position <= before.position;
  });
  expect(wrong).toEqual([]);
  expect(new Set(log.map(({ id }) => id)).size).toBe(log.length);
}

/** A request took effect once if it was acknowledged, at most once if its answer was lost, and not at all if it was refused. */
function expectEachRequestOnce(log: readonly StoredEvent[]): void {
  const versions = new Map<string, number[]>();
  for (const { correlationId, version } of log) {
    versions.set(correlationId, [...(versions.get(correlationId) ?? []), version]);
  }
  const wrong = [...ledger.entries.values()].flatMap(({ id, outcome, mustChange, cart }) => {
    const stored = versions.get(id) ?? [];
    const isRight =
      stored.length === 0
        ? outcome !== 'acknowledged' || !mustChange
        : stored.length === 1 && outcome !== 'refused' && (cart === undefined || stored[0] === cart.version);
    return isRight ? [] : { id, outcome, cart: cart?.id, shown: cart?.version, stored };
  });
  expect(wrong).toEqual([]);
  const strangers = [...versions.keys()].filter((id) => id.startsWith('request-') && !ledger.entries.has(id));
  expect(strangers).toEqual([]);
}

async function expectShownStatesInHistory({ shop }: LaunchedService): Promise<void> {
  const histories = new Map<string, HistoryEvent[]>();
  for (const shown of ledger.shown) {
    const history = histories.get(shown.id) ?? (await shop.history(shown.id));
    histories.set(shown.id, history);
    const items = shown.items.map(({ id, sku, quantity, unitPrice }) => ({
      id,
      sku,
      quantity,
      unitPrice: unitPrice.amount,
    }));
    expect([shown.id, shown.version, items]).toEqual([
      shown.id,
      shown.version,
      foldHistory(history.slice(0, shown.version)),
    ]);
  }
  for (const [cartId, history] of histories)
    expectHistoryOf(await shop.cart(cartId, history.length), history);
}

async function viewsHaveTakenIn(log: readonly StoredEvent[], query: string): Promise<void> {
  const count = (category: string): number =>
    log.filter(({ stream }) => stream.startsWith(`${category}-`)).length;
  const [carts, products] = [count('cart'), count('product')];
  const wanted = JSON.stringify({ cart_details: carts, cart_summaries: carts, catalog_products: products });
  await inTime(
    30_000,
    'the views to take in the log',
    async () => JSON.stringify(await eventsInViews(query)) === wanted,
  );
}

/** Has another service build the views anew, in a database of its own. */
async function expectViewsAsFromZero(
  log: readonly StoredEvent[],
  command: string,
  query: string,
): Promise<void> {
  await withClient(command, (client) => client.query('CREATE DATABASE from_zero'));
  const fromZero = await embeddedUrl(at.dataDir, 'from_zero');
  const replay = await LaunchedService.start({
    COMMAND_DATABASE_URL: command,
    QUERY_DATABASE_URL: fromZero,
  }).ready();
  await viewsHaveTakenIn(log, fromZero);
  const [views, replayed] = [await readViews(query), await readViews(fromZero)];
  expect([...views.keys()]).toEqual(['cart_details', 'cart_summaries', 'catalog_products', 'parked_event']);
  expect(views.get('parked_event')).toEqual([]);
  expect(views).toEqual(replayed);
  expect(await replay.stop()).toMatchObject({ code: 0, stderr: '' });
}
