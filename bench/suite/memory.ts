import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { BuiltService } from '../http/built-service.js';
import type { Load, LoadResult } from '../http/load-generator.js';
import { addRequest, importProducts, openCarts, SKUS, type BenchCart } from '../http/shop.js';
import { untilViewsAreCurrent } from '../http/views.js';
import type { BenchProcess } from '../support/bench-process.js';
import type { BenchContext } from '../support/bench.js';

const CONNECTIONS = 64;
/** Requests that are handed to the load generator at once. */
const CARTS_AT_ONCE = 5_000;
const HOUR_MS = 3_600_000;
/** In which the collector of garbage may give memory back. */
const REST_MS = 3_000;

/** Resident memory of the service, in MiB. */
export interface Memory {
  /** After as many commands as there are carts. */
  readonly first: number;
  readonly last: number;
}

/** How much memory the service uses after one command for each cart, and after `perCart` of them. */
export async function memory(
  { cleanup, say }: BenchContext,
  generator: BenchProcess,
  cartCount: number,
  perCart: number,
): Promise<Memory> {
  const service = await BuiltService.start(cleanup, { checkout: '.' });
  try {
    await importProducts(service.origin);
    const carts = await openCarts(service.origin, cartCount);
    const adds = async (turn: number): Promise<void> => {
      for (let from = 0; from < carts.length; from += CARTS_AT_ONCE) {
        await generator.ask<LoadResult>(
          loadOf(service.origin, carts.slice(from, from + CARTS_AT_ONCE), turn),
        );
      }
    };
    let first = NaN;
    // Opening a cart was its first command.
    for (let turn = 1; turn < perCart; turn += 1) {
      if (turn === 1) first = await residentMiB(service);
      say(`memory: ${turn * cartCount} commands`);
      await adds(turn);
    }
    return { first, last: await residentMiB(service) };
  } finally {
    await service.remove();
  }
}

function loadOf(origin: string, carts: readonly BenchCart[], turn: number): Load {
  const calls = carts.map((cart) => [addRequest(cart, SKUS[turn % SKUS.length] ?? '')]);
  return { origin, calls, most: calls.length, connections: CONNECTIONS, durationMs: HOUR_MS };
}

async function residentMiB(service: BuiltService): Promise<number> {
  await untilViewsAreCurrent(service.origin);
  await pause(REST_MS);
  const status = await readFile(`/proc/${service.pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) / 1_024;
}
