import fc from 'fast-check';
import { v5 as uuidv5 } from 'uuid';
import { aWish, story } from '../../src/cart/testing/arbitrary-decisions.js';
import { STORED_EVENTS as CART_EVENTS } from '../../src/cart/testing/stored-events.js';
import { STORED_EVENTS as PRODUCT_EVENTS } from '../../src/catalog/testing/stored-events.js';
import { EventLog, type DomainEvent, type EventRegistry } from '../../src/event-sourcing/index.js';

const HISTORY = '5a2f1c5e-3a55-5e0e-9a0b-3f0c8a6a4c10';
const SEED = 20_261_123;
const CARTS = 60;
const HOUR_MS = 60 * 60 * 1_000;

/** What happens in one stream, in order. */
export interface Tale {
  readonly stream: string;
  readonly told: readonly { readonly event: DomainEvent; readonly occurredAt: Date }[];
}

/**
 * Carts that were filled long ago, since yesterday and just now; behind them one event of every type and version that
 * was ever stored.
 * @param now ends the history
 */
export function history(registry: EventRegistry, now: Date): Tale[] {
  return [...carts(now), ...samples(registry, new Date(now.getTime() - 2 * HOUR_MS))];
}

/** Stores tales one event of each at a time, so that neighbours in the log are of different streams. */
export async function store(log: EventLog, tales: readonly Tale[]): Promise<void> {
  const longest = Math.max(...tales.map(({ told }) => told.length));
  for (let version = 0; version < longest; version += 1) {
    const round = tales.flatMap(({ stream, told }) => {
      const next = told[version];
      return next ? [{ stream, expectedVersion: version, ...next }] : [];
    });
    await Promise.all(round.map((each) => storeOne(log, each)));
  }
}

async function storeOne(
  log: EventLog,
  write: { stream: string; expectedVersion: number; event: DomainEvent; occurredAt: Date },
): Promise<void> {
  const { stream, expectedVersion, event, occurredAt } = write;
  const id = uuidv5(`${stream} ${expectedVersion}`, HISTORY);
  const metadata = {
    correlationId: `request of ${id}`,
    causationId: `request of ${id}`,
    actor: { type: 'guest', id: null },
    commandId: id,
  };
  const { status } = await log.append({
    writes: [{ stream, expectedVersion, occurredAt, events: [{ id, event, metadata }] }],
    conditions: [],
  }).result;
  if (status !== 'appended') throw new Error(`An event of the history was not stored: ${status}.`);
}

function carts(now: Date): Tale[] {
  const wishes = fc.sample(fc.array(aWish, { minLength: 5, maxLength: 25 }), { seed: SEED, numRuns: CARTS });
  return wishes.map((each, index) => {
    const cartId = uuidv5(`cart ${index}`, HISTORY);
    // Idle for a month; opened yesterday and changed since; opened just now.
    const [openedAt, goneOnAt] = [720, 25, 1]
      .map((hours) => now.getTime() - hours * HOUR_MS)
      .slice(index % 3);
    const told = story(each).map(({ event }, step) => ({
      event: Object.assign(Object.create(Object.getPrototypeOf(event) as object) as DomainEvent, event, {
        cartId,
      }),
      occurredAt: new Date(
        (step === 0 || index % 3 !== 1 ? openedAt : goneOnAt) ?? openedAt ?? 0 + step * 1_000,
      ),
    }));
    return { stream: `cart-${cartId}`, told };
  });
}

/** In the order in which their types are registered, which is one in which they may happen. */
function samples(registry: EventRegistry, at: Date): Tale[] {
  const order = registry.types;
  const found = Object.entries({ ...CART_EVENTS, ...PRODUCT_EVENTS })
    .map(([name, { data }]) => ({ ...namedBy(name), data }))
    .sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type) || a.schemaVersion - b.schemaVersion);
  const tales = new Map<string, Tale['told'][number][]>();
  for (const { type, schemaVersion, data } of found) {
    const stream = streamOf(type, data);
    const told = tales.get(stream) ?? [];
    told.push({ event: registry.rebuild(type, schemaVersion, data), occurredAt: at });
    tales.set(stream, told);
  }
  return [...tales].map(([stream, told]) => ({ stream, told }));
}

/** The name of a stored event, such as `cart.opened.v1`, taken apart. */
function namedBy(name: string): { type: string; schemaVersion: number } {
  const at = name.lastIndexOf('.v');
  return { type: name.slice(0, at), schemaVersion: Number(name.slice(at + 2)) };
}

/** Streams are named by the category, which begins the event's name, and by the id of what it happened to. */
function streamOf(type: string, data: Record<string, unknown>): string {
  const [category = ''] = type.split('.');
  const id = data[`${category}Id`] ?? data['sku'];
  if (typeof id !== 'string') throw new Error(`The sample of "${type}" does not say what it happened to.`);
  return `${category}-${id}`;
}
