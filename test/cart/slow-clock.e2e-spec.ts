import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AS_NOBODY } from '../support/credentials.js';
import { eventually } from '../support/eventually.js';
import { useService } from '../support/use-service.js';

const IDLE_MS = 1_500;
const service = useService('slow_clock', {
  CART_ABANDON_AFTER: `${IDLE_MS}ms`,
  NODE_OPTIONS: `--import=${pathToFileURL(resolve('test/support/slow-clock.mjs')).href}`,
});

/** How often the timer of a cart ran, by outcome. */
async function runs(): Promise<Record<string, number>> {
  const { text } = await service().http.get('/metrics', AS_NOBODY);
  const samples = text.matchAll(
    /command_duration_seconds_count\{command="cart\.abandon",outcome="(\w+)"\} (\d+)/g,
  );
  return Object.fromEntries([...samples].map(([, outcome = '', count]) => [outcome, Number(count)] as const));
}

it("runs the timer of a cart once, even if the process's clock is behind the database's", async () => {
  const { shop } = service();
  const { id, createdAt } = await shop.open();
  // Otherwise the clock is not behind, and the test shows nothing.
  expect(Date.now() - Date.parse(createdAt)).toBeGreaterThanOrEqual(60_000);
  const events = await eventually(
    'the cart to be abandoned',
    () => shop.history(id),
    (found) => found.at(-1)?.type === 'cart.abandoned',
  );
  expect(events.map(({ type }) => type)).toEqual(['cart.opened', 'cart.abandoned']);
  const [opened, abandoned] = events.map(({ occurredAt }) => Date.parse(occurredAt));
  expect((abandoned ?? NaN) - (opened ?? NaN)).toBe(IDLE_MS);
  const counted = await eventually('the run to be counted', runs, (all) => Object.keys(all).length > 0);
  expect(counted).toEqual({ done: 1 });
});
