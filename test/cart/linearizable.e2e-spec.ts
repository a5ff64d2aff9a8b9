import type { Service } from '../support/service.js';
import { useService } from '../support/use-service.js';
import { WatchedCarts } from '../support/watched-carts.js';

/** Minimum duration in seconds; `LINEARIZABLE_SECONDS=300` for a long run. */
const SECONDS = Number(process.env['LINEARIZABLE_SECONDS'] ?? 8);
const CARTS = 6;
const READERS = 12;
/** Minimum number of reads, even on a slow machine. */
const ENOUGH = 200;
/** Milliseconds that a process is stopped: less than a lease, more than any read takes. */
const STOPPED_MS = 700;
const STOP_EVERY_MS = 2_500;
const TIMEOUT_MS = SECONDS * 1_000 + 120_000;

const first = useService('linearizable', { RATE_LIMIT: 'off' });
let second: Service;
beforeAll(async () => {
  await first().shop.stock('MUG-1');
  second = await first().startAnother();
});

const watched = new WatchedCarts();

it(
  'shows every acknowledged change at every process, under load, with claims and stopped processes',
  async () => {
    const services = [first(), second];
    const carts = await Promise.all(Array.from({ length: CARTS }, () => watched.open(first())));
    const until = performance.now() + SECONDS * 1_000;
    let turns = 0;
    const next = <T>(all: readonly T[]): T => all[(turns += 1) % all.length] as T; // never empty
    const goOn = () => performance.now() < until || watched.reads < ENOUGH || watched.refusals === 0;

    const reading = Array.from({ length: READERS }, async (_, reader) => {
      while (goOn()) {
        const [service, cart] = [services[reader % 2] ?? first(), next(carts)];
        if (cart.isClaimed && reader % 3 !== 0) await watched.readAsOwner(service, cart);
        else await watched.readAsGuest(service, cart);
      }
    });
    const changing = services.map(async (service) => {
      while (goOn()) await watched.change(service, next(carts));
    });
    const claimingCarts = (async () => {
      while (goOn()) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        const index = turns % CARTS;
        const cart = carts[index];
        if (!cart || watched.isClaiming(cart)) continue;
        if (cart.isClaimed) carts[index] = await watched.open(next(services));
        else await watched.claim(next(services), cart);
      }
    })();
    const stopping = (async () => {
      for (let round = 0; goOn(); round += 1) {
        await new Promise((resolve) => setTimeout(resolve, STOP_EVERY_MS));
        const [stopped, other] = round % 2 === 0 ? [first(), second] : [second, first()];
        const cart = await watched.open(stopped);
        await watched.readAsGuest(other, cart);
        await watched.claim(stopped, cart);
        await stopped.whilePaused(async () => {
          await Promise.all([watched.readAsGuest(other, cart), watched.readAsOwner(other, cart)]);
          await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
        });
      }
    })();
    await Promise.all([...reading, ...changing, claimingCarts, stopping]);

    expect(watched.violations).toEqual([]);
    expect(watched.overloads).toBeLessThan(watched.reads / 10);
  },
  TIMEOUT_MS,
);
