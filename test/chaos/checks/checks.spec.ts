import type { JournalRow, StoredEvent } from '../history.js';
import { digestOf, Ledger, type Entry } from '../ledger.js';
import { checkCalls } from './check-journal.js';
import { RequestCheck } from './check-requests.js';
import { checkAbandonment, EchoCheck } from './check-sagas.js';
import { checkStream } from './check-stream.js';
import { compareRows } from './check-views.js';

const IDLE_MS = 1_000;
const ITEM = { sku: 'SKU-1', quantity: 2, unitPrice: 500 };

/** A cart that is opened, gets an item, is abandoned, gets the same again, and is discarded. */
function soundCart(): StoredEvent[] {
  const what: [type: string, correlationId: string, occurredAt: number, data?: object][] = [
    ['cart.opened', 'request-1', 0],
    ['cart.item-added', 'request-2', 10, { itemId: 'i', ...ITEM }],
    ['cart.abandoned', 'request-2', 1_010],
    ['cart.item-added', 'request-3', 1_020, { itemId: 'i', ...ITEM }],
    ['cart.discarded', 'request-4', 1_030],
  ];
  return what.map(([type, correlationId, occurredAt, data], index) => ({
    position: 10 + index,
    stream: 'cart-a',
    version: index + 1,
    id: `event-${index + 1}`,
    type,
    correlationId,
    occurredAt,
    data: { cartId: 'a', ...data },
  }));
}

function soundEcho(): StoredEvent[] {
  return ['event-2', 'event-4'].map((ofEvent, index) => ({
    position: 20 + index,
    stream: 'echo-a',
    version: index + 1,
    id: `echo-${index + 1}`,
    type: 'echo.addition-heard',
    correlationId: 'request-2',
    occurredAt: 20,
    data: { cartId: 'a', ofEvent },
  }));
}

function soundLedger(): Record<string, Entry> {
  const shown = (version: number, quantity: number) => ({
    id: 'a',
    version,
    digest: digestOf(quantity === 0 ? [] : [{ id: 'i', ...ITEM, quantity }]),
  });
  return {
    'request-1': { outcome: 'acknowledged', events: 1, shown: shown(1, 0) },
    'request-2': { outcome: 'acknowledged', events: 1, shown: shown(2, 2) },
    'request-3': { outcome: 'unknown', events: 1, shown: undefined },
    'request-4': { outcome: 'acknowledged', events: undefined, shown: undefined },
    'request-5': { outcome: 'refused', events: 1, shown: undefined },
    'request-6': { outcome: 'unknown', events: 1, shown: undefined },
  };
}

const calls = (...versions: number[]): JournalRow[] =>
  versions.map((version, index) => ({
    seq: index + 1,
    position: version,
    stream: 'cart-a',
    version,
    pid: 1,
  }));

function rulesOfRequests(entries: Record<string, Entry>, events: readonly StoredEvent[]): string[] {
  const ledger = new Ledger();
  for (const [id, entry] of Object.entries(entries)) ledger.add(id, entry);
  const check = new RequestCheck(ledger);
  check.take(events);
  return rulesOf(check.end());
}

function rulesOfEcho(cart: readonly StoredEvent[], echo: readonly StoredEvent[]): string[] {
  const check = new EchoCheck();
  check.take(cart);
  check.take(echo);
  return rulesOf(check.end());
}

const rulesOf = (violations: readonly { rule: string }[]): string[] => violations.map(({ rule }) => rule);
/** A stream without its event number `at`, closed up. */
const without = (events: readonly StoredEvent[], at: number): StoredEvent[] =>
  events.filter((_, index) => index !== at - 1).map((event, index) => ({ ...event, version: index + 1 }));
/** A stream with its event number `at` changed. */
const changed = (events: readonly StoredEvent[], at: number, change: Partial<StoredEvent>): StoredEvent[] =>
  events.map((event, index) => (index === at - 1 ? { ...event, ...change } : event));

describe('a sound history', () => {
  it('violates no rule', () => {
    expect(checkStream(soundCart())).toEqual([]);
    expect(rulesOfRequests(soundLedger(), soundCart())).toEqual([]);
    expect(checkAbandonment(soundCart(), IDLE_MS)).toEqual([]);
    expect(rulesOfEcho(soundCart(), soundEcho())).toEqual([]);
    expect(checkCalls(calls(1, 2, 3, 2, 3, 4, 5), new Map([['cart-a', 5]]))).toEqual([]);
    expect(compareRows('t', new Map([['a', 'row']]), new Map([['a', 'row']]))).toEqual([]);
  });
});

describe('a stream', () => {
  const rule = 'every stream is gapless and in order';
  it.each<[string, StoredEvent[]]>([
    ['that lacks an event', soundCart().filter(({ version }) => version !== 3)],
    ['that lacks its first event', soundCart().slice(1)],
    ['whose positions go another way', changed(soundCart(), 3, { position: 1 })],
    ['whose time goes back', changed(soundCart(), 3, { occurredAt: 5 })],
  ])('%s is found', (_, events) => {
    expect(rulesOf(checkStream(events))).toContain(rule);
  });
});

describe('what clients were told', () => {
  const entry = (id: string, change: Partial<Entry>): Record<string, Entry> => {
    const ledger = soundLedger();
    const before = ledger[id];
    if (!before) throw new Error(`There is no ${id}.`);
    return { ...ledger, [id]: { ...before, ...change } };
  };
  const withoutOne = Object.fromEntries(Object.entries(soundLedger()).filter(([id]) => id !== 'request-3'));

  it.each<[string, string, Record<string, Entry>, StoredEvent[]]>([
    [
      'an acknowledged event that is lost',
      "an acknowledged request's events are there once",
      soundLedger(),
      without(soundCart(), 2),
    ],
    [
      'a request that took effect twice',
      "an acknowledged request's events are there once",
      soundLedger(),
      changed(soundCart(), 4, { correlationId: 'request-2' }),
    ],
    [
      'half of a request',
      "an acknowledged request's events are there once",
      entry('request-3', { events: 2 }),
      soundCart(),
    ],
    [
      'a refusal that changed something',
      'a refused request changes nothing',
      entry('request-3', { outcome: 'refused' }),
      soundCart(),
    ],
    ['what nobody asked for', 'nothing happens that nobody asked for', withoutOne, soundCart()],
    [
      'an answer of another version',
      'an answer shows the cart as the request has left it',
      entry('request-2', { shown: { id: 'a', version: 3, digest: digestOf([{ id: 'i', ...ITEM }]) } }),
      soundCart(),
    ],
    [
      'an answer with other items',
      'a cart that was shown is what its history says',
      entry('request-2', { shown: { id: 'a', version: 2, digest: digestOf([]) } }),
      soundCart(),
    ],
    [
      'a cart that is not in the log',
      'a cart that was shown is in the log',
      entry('request-6', { shown: { id: 'b', version: 1, digest: digestOf([]) } }),
      soundCart(),
    ],
  ])('does not fit %s', (_, rule, ledger, events) => {
    expect(rulesOfRequests(ledger, events)).toContain(rule);
  });
});

describe('the effect of a saga', () => {
  const rule = "a saga's effect happens exactly once for each event, in order";
  const [first, second] = soundEcho();
  it.each<[string, (StoredEvent | undefined)[]]>([
    ['that is missing', [first]],
    ['that happened twice', [first, first, second]],
    ['out of order', [second, first]],
  ])('%s is found', (_, echo) => {
    expect(
      rulesOfEcho(
        soundCart(),
        echo.flatMap((event) => event ?? []),
      ),
    ).toEqual([rule]);
  });

  it.each<[string, string, StoredEvent[]]>([
    [
      'twice in one idle period',
      'a cart is abandoned once in an idle period',
      changed(soundCart(), 4, { type: 'cart.abandoned', occurredAt: 9_000 }),
    ],
    [
      'too soon',
      'a cart is abandoned once in an idle period',
      changed(soundCart(), 3, { occurredAt: 1_009 }),
    ],
    ['never', 'a cart that nobody uses is abandoned', soundCart().slice(0, 4)],
  ])('is found where a cart is abandoned %s', (_, expected, events) => {
    expect(rulesOf(checkAbandonment(events, IDLE_MS))).toContain(expected);
  });
});

describe('a handler', () => {
  const lengths = new Map([['cart-a', 5]]);
  it.each<[string, string, number[]]>([
    ['that is told out of order', 'every handler is told of every event, in order', [1, 2, 4, 3, 4, 5]],
    ['that misses one', 'every handler is told of every event, in order', [1, 2, 4, 5]],
    ['that misses the last one', 'every handler is told of every event', [1, 2, 3, 4]],
    ['that is told of what is not there', 'every handler is told of every event', [1, 2, 3, 4, 5, 6]],
  ])('%s is found', (_, rule, versions) => {
    expect(rulesOf(checkCalls(calls(...versions), lengths))).toContain(rule);
  });
});

describe('a view', () => {
  it.each<[string, Record<string, string>]>([
    ['another row', { a: 'other' }],
    ['a row less', {}],
    ['a row more', { a: 'row', b: 'row' }],
  ])('with %s than a replay is found', (_, rows) => {
    const found = compareRows('t', new Map(Object.entries(rows)), new Map([['a', 'row']]));
    expect(rulesOf(found)).toEqual(['views equal a replay']);
  });
});
