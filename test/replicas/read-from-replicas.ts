import { setTimeout as sleep } from 'node:timers/promises';
import { Check, type Findings } from '../failover/check.js';
import { eventually } from '../support/eventually.js';
import type { PostgresServer } from '../support/postgres-server.js';
import type { Service } from '../support/service.js';
import { WatchedCarts, type WatchedCart } from '../support/watched-carts.js';
import { ReplicaStage } from './replica-stage.js';

const CARTS = 8;
const READERS = 8;
/** Each cart is replaced after a while, because only rows that a process has not read yet come from a replica. */
const CART_AGE_MS = 1_200;
const CLAIM_EVERY_MS = 150;
/** A standby that lacks a thousand events is not read. At this pace, one that lags by ten seconds lacks fewer. */
const CHANGE_EVERY_MS = 50;
const KILLS = 3;
/** The least number of reads under each condition, however slow the machine is. */
const ENOUGH_READS = 300;

/**
 * Standbys that lag by 300 ms and by 10 s, one that is down at the start, and one that is killed while it is read.
 * Every answer is as new as without replicas, and no request fails.
 */
export async function readFromReplicas(folder: string): Promise<Findings> {
  const stage = await ReplicaStage.set(folder);
  try {
    const check = new Check();
    const lagging = await stage.addStandby('lagging', 300);
    const late = await stage.addStandby('late', 10_000);
    const mortal = await stage.addStandby('mortal', 0);
    const figures: Record<string, string> = {};
    figures['lag of 300 ms'] = await play(stage, check, [lagging], untilRead(lagging, 8_000));
    figures['lag of 10 s'] = await play(stage, check, [late], untilRead(late, 15_000));
    await mortal.stop();
    figures['down at the start, then killed'] = await play(stage, check, [late, mortal], async (services) => {
      await killAndStart(services, mortal);
      await readOf(late, services);
    });
    return { violations: check.violations, figures };
  } finally {
    await stage.clear();
  }
}

/**
 * Runs services on these standbys under load while `during` runs.
 * @returns the numbers of reads
 */
async function play(
  stage: ReplicaStage,
  check: Check,
  standbys: readonly PostgresServer[],
  during: (services: readonly Service[], watched: WatchedCarts) => Promise<unknown>,
): Promise<string> {
  const services = await stage.serve(standbys);
  await services[0]?.shop.stock('MUG-1');
  const watched = new WatchedCarts();
  let isOver = false;
  const course = during(services, watched).finally(() => {
    isOver = true;
  });
  await Promise.all([course, loadOn(services, watched, () => !isOver)]);
  const reads = await readsByPlace(services);
  const complaints = await stage.endServices();
  check.that('no answer is stale', watched.violations.length === 0, { stale: watched.violations });
  check.that('no request fails', watched.overloads === 0, { overloads: watched.overloads });
  check.that('no error is logged', complaints.length === 0, { complaints });
  const byReplica = standbys.map((standby) => reads[placeOf(standby)] ?? 0);
  check.that('every replica is read', !byReplica.includes(0), { reads });
  const ofTables = `${byReplica.join(' and ')} at replicas, ${reads['primary'] ?? 0} at the primary`;
  return `${watched.reads} reads; of tables: ${ofTables}`;
}

/** Waits for a time in milliseconds, and for enough reads, some of them at the standby. */
function untilRead(
  standby: PostgresServer,
  ms: number,
): (services: readonly Service[], watched: WatchedCarts) => Promise<void> {
  return async (services, watched) => {
    await sleep(ms);
    while (watched.reads < ENOUGH_READS) await sleep(100);
    await readOf(standby, services);
  };
}

/**
 * Waits until the standby has been read more often than before.
 * @param before number of its reads
 */
async function readOf(standby: PostgresServer, services: readonly Service[], before = 0): Promise<void> {
  await eventually(
    'the standby to be read',
    () => readsByPlace(services),
    (reads) => (reads[placeOf(standby)] ?? 0) > before,
  );
}

/** Readers, writers and claims at all services. */
async function loadOn(
  services: readonly Service[],
  watched: WatchedCarts,
  goOn: () => boolean,
): Promise<void> {
  let turns = 0;
  const next = <T>(all: readonly T[]): T => all[(turns += 1) % all.length] as T; // never empty
  const carts = await Promise.all(Array.from({ length: CARTS }, () => watched.open(next(services))));
  const reading = Array.from({ length: READERS }, async (_, reader) => {
    while (goOn()) {
      const [service, cart] = [next(services), next(carts)];
      if (reader === 0) await watched.list(service, [...carts]);
      else await readOne(watched, service, cart);
    }
  });
  const changing = services.map(async (service) => {
    while (goOn()) {
      await watched.change(service, next(carts));
      await sleep(CHANGE_EVERY_MS);
    }
  });
  const replacing = (async () => {
    for (let index = 0; goOn(); index = (index + 1) % CARTS) {
      await sleep(CART_AGE_MS / CARTS);
      carts[index] = await watched.open(next(services));
    }
  })();
  const claiming = (async () => {
    while (goOn()) {
      await sleep(CLAIM_EVERY_MS);
      const cart = next(carts);
      if (!cart.isClaimed && !watched.isClaiming(cart)) await watched.claim(next(services), cart);
    }
  })();
  await Promise.all([...reading, ...changing, replacing, claiming]);
}

async function readOne(watched: WatchedCarts, service: Service, cart: WatchedCart): Promise<void> {
  const headers = { 'x-min-version': String(cart.shown) };
  if (cart.isClaimed) await watched.readAsOwner(service, cart, headers);
  // After a claim, the guest is refused at every process.
  await watched.readAsGuest(service, cart);
}

/** Starts a standby, waits until it is used, and kills it while it is read. Several times. */
async function killAndStart(services: readonly Service[], standby: PostgresServer): Promise<void> {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = (await readsByPlace(services))[placeOf(standby)] ?? 0;
    await standby.start();
    await readOf(standby, services, before + 10);
    await standby.kill();
    await sleep(1_000);
  }
}

function placeOf(standby: PostgresServer): string {
  return `127.0.0.1:${standby.port}`;
}

/** How many reads of tables went to each place, at all services. */
async function readsByPlace(services: readonly Service[]): Promise<Record<string, number>> {
  const reads: Record<string, number> = {};
  for (const { http } of services) {
    const { text } = await http.get('/metrics');
    for (const [, place = '', count] of text.matchAll(
      /^cartwright_view_reads_total\{from="([^"]+)"\} (\d+)/gm,
    ))
      reads[place] = (reads[place] ?? 0) + Number(count);
  }
  return reads;
}
