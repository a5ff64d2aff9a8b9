import { claim, guestsCart, newCustomer } from '../support/customers.js';
import type { Headers } from '../support/http-client.js';
import type { Service } from '../support/service.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';

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

/** What the answers received so far say about a cart. */
class Watched {
  /** The highest version in any answer so far, from any process. */
  shown = 1;
  isClaimed = false;

  constructor(
    readonly id: string,
    readonly token: Headers,
    readonly owner: Headers,
  ) {}

  see(version: number): void {
    this.shown = Math.max(this.shown, version);
  }
}

const violations: string[] = [];
let reads = 0;
let refusals = 0;
let overloads = 0;

async function opened(service: Service): Promise<Watched> {
  const { cart, token } = await guestsCart(service.http);
  return new Watched(cart.id, token, newCustomer().headers);
}

/** Reads with the guest's token, and compares with what was known before the request was sent. */
async function readAsGuest(service: Service, cart: Watched): Promise<void> {
  const { shown, isClaimed } = cart;
  const { status, body } = await service.http.get<Cart>(`/v1/carts/${cart.id}`, cart.token);
  reads += 1;
  if (status === 200) {
    if (isClaimed) violations.push(`${cart.id} was shown to its former guest.`);
    judge(cart, body.version, shown);
  } else if (status === 404) {
    refusals += 1;
    if (!cart.isClaimed && !(await isBeingClaimed(cart))) violations.push(`${cart.id} was not found.`);
  } else judgeError(cart, status);
}

async function readAsOwner(service: Service, cart: Watched): Promise<void> {
  const { shown } = cart;
  const { status, body } = await service.http.get<Cart>(`/v1/carts/${cart.id}`, cart.owner);
  reads += 1;
  if (status === 200) judge(cart, body.version, shown);
  else if (status === 404) violations.push(`${cart.id} was not found by its owner.`);
  else judgeError(cart, status);
}

function judge(cart: Watched, version: number, known: number): void {
  if (version < known) violations.push(`${cart.id} was shown at ${version} after ${known} had been.`);
  cart.see(version);
}

function judgeError(cart: Watched, status: number): void {
  if (status === 503) overloads += 1;
  else violations.push(`${cart.id} was answered with ${status}.`);
}

/** A claim takes effect before its answer arrives. */
async function isBeingClaimed(cart: Watched): Promise<boolean> {
  while (claiming.has(cart)) await new Promise((resolve) => setTimeout(resolve, 5));
  return cart.isClaimed;
}
const claiming = new Set<Watched>();

async function change(service: Service, cart: Watched): Promise<void> {
  const headers = cart.isClaimed ? cart.owner : cart.token;
  const { status, body } = await service.shop.add(cart.id, { sku: 'MUG-1' }, headers);
  if (status < 300) cart.see(body.version);
}

async function claimIt(service: Service, cart: Watched): Promise<void> {
  claiming.add(cart);
  const answer = await claim(service.http, cart.id, { ...cart.token, ...cart.owner });
  if (answer.status === 200) {
    cart.isClaimed = true;
    cart.see(answer.body.cart.version);
  }
  claiming.delete(cart);
}

it(
  'shows every acknowledged change at every process, under load, with claims and stopped processes',
  async () => {
    const services = [first(), second];
    const carts = await Promise.all(Array.from({ length: CARTS }, () => opened(first())));
    const until = performance.now() + SECONDS * 1_000;
    let turns = 0;
    const next = <T>(all: readonly T[]): T => all[(turns += 1) % all.length] as T; // never empty
    const goOn = () => performance.now() < until || reads < ENOUGH || refusals === 0;

    const reading = Array.from({ length: READERS }, async (_, reader) => {
      while (goOn()) {
        const [service, cart] = [services[reader % 2] ?? first(), next(carts)];
        await (cart.isClaimed && reader % 3 !== 0 ? readAsOwner : readAsGuest)(service, cart);
      }
    });
    const changing = services.map(async (service) => {
      while (goOn()) await change(service, next(carts));
    });
    const claimingCarts = (async () => {
      while (goOn()) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        const index = turns % CARTS;
        const cart = carts[index];
        if (!cart || claiming.has(cart)) continue;
        if (cart.isClaimed) carts[index] = await opened(next(services));
        else await claimIt(next(services), cart);
      }
    })();
    const stopping = (async () => {
      for (let round = 0; goOn(); round += 1) {
        await new Promise((resolve) => setTimeout(resolve, STOP_EVERY_MS));
        const [stopped, other] = round % 2 === 0 ? [first(), second] : [second, first()];
        const cart = await opened(stopped);
        await readAsGuest(other, cart);
        await claimIt(stopped, cart);
        await stopped.whilePaused(async () => {
          await Promise.all([readAsGuest(other, cart), readAsOwner(other, cart)]);
          await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
        });
      }
    })();
    await Promise.all([...reading, ...changing, claimingCarts, stopping]);

    expect(violations).toEqual([]);
    expect(overloads).toBeLessThan(reads / 10);
  },
  TIMEOUT_MS,
);
