import { CartwrightClient } from '../../tools/replay/client.js';
import { readTrace } from '../../tools/replay/read-trace.js';
import { replay, type Summary } from '../../tools/replay/replay.js';
import { exitCode, report } from '../../tools/replay/report.js';
import { type Reading, type Trace, TraceBuilder } from '../../tools/replay/trace.js';
import { FakeCartService } from './fake-cart-service.js';
import type { Quirk } from './fake-shop.js';

const SHOP_EVENTS = 'test/samples/rees46-sample.csv';
const INVOICES = 'test/samples/online-retail-sample.csv';
const quiet = { start: () => undefined, advance: () => undefined, stop: () => undefined };

async function replayInto(
  origin: string,
  trace: Trace,
  signal = new AbortController().signal,
): Promise<Summary> {
  const client = new CartwrightClient({ origin, connections: 8 });
  try {
    return await replay(trace, client, { concurrency: 8, progress: quiet, signal });
  } finally {
    await client.close();
  }
}

async function replayAgainst(quirk: Quirk | undefined, trace: Trace): Promise<Summary> {
  const service = new FakeCartService(quirk);
  try {
    return await replayInto(await service.start(), trace);
  } finally {
    await service.stop();
  }
}

/** A trace of one cart that adds lanterns. */
function lanterns(...rows: readonly { quantity: number; price: number }[]): Trace {
  const builder = new TraceBuilder('online-retail', 'GBP');
  for (const row of rows) {
    const reading: Reading = {
      kind: 'add',
      cart: 'c',
      sku: 'lantern',
      name: 'Lantern',
      rounded: false,
      ...row,
    };
    builder.take(reading);
  }
  return builder.build();
}

describe('the replay with a correct service', () => {
  it.each([SHOP_EVENTS, INVOICES])('finds no error (%s)', async (file) => {
    const summary = await replayAgainst(undefined, await readTrace(file));
    const { carts } = summary.trace;
    expect(summary.tally).toMatchObject({
      unexpected: [],
      mismatches: [],
      compared: carts.length,
      viewBehind: 0,
    });
    expect(exitCode(summary)).toBe(0);
  });

  it('reads again if a view is behind', async () => {
    const summary = await replayAgainst('has its view late', await readTrace(INVOICES));
    const { length } = summary.trace.carts;
    expect(summary.tally).toMatchObject({
      unexpected: [],
      mismatches: [],
      compared: length,
      viewBehind: length,
    });
  });

  it('does not change the price for an add that must be refused', async () => {
    const { tally } = await replayAgainst(
      undefined,
      lanterns({ quantity: 1, price: 100 }, { quantity: -5, price: 90 }, { quantity: 0, price: 0 }),
    );
    expect([...tally.sent]).toEqual([
      ['create', 1],
      ['add', 3],
    ]);
    expect([...tally.refused]).toEqual([['QUANTITY_OUT_OF_RANGE', 2]]);
  });

  it('sends a negative price, which must be refused, but not its add', async () => {
    const { tally } = await replayAgainst(
      undefined,
      lanterns({ quantity: 1, price: 100 }, { quantity: 1, price: -1 }),
    );
    expect([...tally.sent]).toEqual([
      ['create', 1],
      ['add', 1],
      ['price', 1],
    ]);
    expect([...tally.refused]).toEqual([['AMOUNT_OUT_OF_RANGE', 1]]);
    expect(tally).toMatchObject({ unexpected: [], mismatches: [] });
  });

  it('sends nothing more after it is interrupted', async () => {
    const summary = await replayInto('http://127.0.0.1:9', await readTrace(INVOICES), AbortSignal.abort());
    expect([summary.tally.commands, exitCode(summary)]).toEqual([0, 130]);
  });
});

describe('the replay', () => {
  it.each<[Quirk, string, RegExp]>([
    ['shows a total that is off by one', INVOICES, /mismatches:\n.*\btotal\.amount: expected \d+, got \d+/],
    ['loses an add that it acknowledged', INVOICES, /mismatches:\n.*expected \d+, got nothing/],
    ['ignores a price change that it acknowledged', INVOICES, /mismatches:\n.*unitPrice\.amount: expected/],
    ['leaves a gap in the history', INVOICES, /mismatches:\n[^]*history: event 2 has version 3/],
    [
      'accepts a quantity of nothing',
      INVOICES,
      /unexpected answers:\n.*expected 422 QUANTITY_OUT_OF_RANGE, got 201/,
    ],
    ['repeats a version', INVOICES, /unexpected answers:\n.* version \d+ after .* at \d+/],
    ['answers an add with 500', INVOICES, /unexpected answers:\n.*add .* expected 20[01], got 500/],
    ['answers every add with 201', INVOICES, /unexpected answers:\n.*add .* expected 200, got 201/],
    ['cuts the connection of an add', INVOICES, /unexpected answers:\n.*add .* no answer: UND_ERR_SOCKET/],
    ['refuses with another code', SHOP_EVENTS, /unexpected answers:\n.*expected 404 ITEM_NOT_FOUND, got 404/],
    ['answers an add with 500', SHOP_EVENTS, /unexpected answers:\n.*add .* expected 20[01], got 500/],
  ])('finds a service that %s (%s)', async (quirk, file, trouble) => {
    const summary = await replayAgainst(quirk, await readTrace(file));
    expect(report(summary)).toMatch(trouble);
    expect(exitCode(summary)).toBe(1);
  });

  it('gives up after too many wrong answers', async () => {
    const summary = await replayAgainst('answers every add with 500', await readTrace(INVOICES));
    expect(summary.tally.commands).toBeLessThan(190);
    expect(report(summary)).toMatch(/\ngave up after 100 unexpected answers$/);
    expect(exitCode(summary)).toBe(1);
  });

  it('stops if the products cannot be imported', async () => {
    const service = new FakeCartService();
    const origin = await service.start();
    await service.stop();
    const summary = await replayInto(origin, await readTrace(INVOICES));
    expect(report(summary)).toMatch(/import of products .*ECONNREFUSED[^]*could not be imported$/);
    expect(exitCode(summary)).toBe(1);
  });
});
