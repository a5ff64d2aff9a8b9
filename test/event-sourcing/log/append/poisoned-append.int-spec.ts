import { UnknownEventError } from '../../../../src/event-sourcing/kernel/event-registry.js';
import type { Append } from '../../../../src/event-sourcing/log/append/append.js';
import type { EventLog } from '../../../../src/event-sourcing/log/event-log.js';
import { append, Deposited, newEvent, openLog, Unheard, write } from '../../support/bank.js';
import { LogDatabase } from '../../support/log-database.js';
import { companion } from '../../support/ways.js';

const APPENDED = { status: 'appended' };

let database: LogDatabase;
let log: EventLog;
beforeAll(async () => {
  database = await LogDatabase.create();
  log = openLog(database.url);
});
afterAll(async () => {
  await log.close();
  await database.drop();
});

const noted = (note: string): Append =>
  append([write('account-bad', 0, [new Deposited({ amount: 1, note })])]);
const withId = (id: string): Append => {
  const events = [newEvent(new Deposited({ amount: 1 }), id)];
  return append([{ stream: 'account-bad', expectedVersion: 0, occurredAt: new Date(), events }]);
};

/** Appends that can never be stored, and the error that says why. */
const poisons: readonly (readonly [what: string, poison: () => Append, reason: RegExp])[] = [
  [
    'an event of an unregistered class',
    () => append([write('account-bad', 0, [new Unheard({ amount: 1 })])]),
    /not a registered event class/,
  ],
  ['a NUL in its data', () => noted('a\u0000b'), /unsupported Unicode escape/],
  ['half a surrogate pair in its data', () => noted('a\ud800b'), /invalid input syntax for type json/],
  ['a NUL in the name of its stream', () => append([write('account-\u0000', 0)]), /invalid byte sequence/],
  ['a time that is none', () => append([write('account-bad', 0, 1, new Date(NaN))]), /invalid time|NaN/i],
  ['an id that is none', () => withId('0190a000-0000-7000-8000-00000000000g'), /uuid/i],
  ['an id that is too long', () => withId('0190a000-0000-7000-8000-0000000000001'), /uuid/i],
  ['a version that is none', () => append([write('account-bad', 2 ** 31)]), /out of range/],
];

describe.each(poisons)('an append with %s', (_, poison, reason) => {
  it('fails by itself and tells why', async () => {
    await expect(log.append(poison()).result).rejects.toThrow(reason);
    expect(await log.streamVersion('account-bad')).toBe(0);
  });

  it('does not fail those who share its batch', async () => {
    const refused = log.append(append([write('account-none', 4)]));
    const before = log.append(companion());
    const poisoned = log.append(poison());
    const behind = log.append(companion());
    await expect(poisoned.result).rejects.toThrow(reason);
    expect(await refused.result).toEqual({ status: 'conflict' });
    expect(await before.result).toMatchObject(APPENDED);
    expect(await behind.result).toMatchObject(APPENDED);
    expect(await log.streamVersion('account-bad')).toBe(0);
  });
});

describe('a poisoned append', () => {
  it('is told from others by its class', async () => {
    await expect(log.append(poisons[0]?.[1]() ?? append([])).result).rejects.toBeInstanceOf(
      UnknownEventError,
    );
  });

  it('takes along what was decided on top of it, and nothing below it', async () => {
    const stream = 'account-chain';
    const below = log.append(append([write(stream, 0)]));
    const poisoned = log.append(append([write(stream, 1, [new Deposited({ amount: 1, note: '\u0000' })])]), [
      below,
    ]);
    const onTop = log.append(append([write(stream, 2)]), [poisoned]);
    await expect(poisoned.result).rejects.toThrow();
    expect(await below.result).toMatchObject(APPENDED);
    expect(await onTop.result).toEqual({ status: 'conflict' });
    expect(await log.streamVersion(stream)).toBe(1);
  });

  it('does not let pass what was decided on an append that has lost its race', async () => {
    const stream = 'account-raced';
    // Somebody else has taken version 1. What builds on ours expects a version 1, too, and finds that one.
    await log.append(append([write(stream, 0)])).result;
    const late = log.append(append([write(stream, 0, [new Deposited({ amount: 100 })])]));
    const onTop = log.append(append([write(stream, 1, [new Deposited({ amount: 200 })])]), [late]);
    const poisoned = log.append(noted('\u0000'));
    await expect(poisoned.result).rejects.toThrow();
    expect(await late.result).toEqual({ status: 'conflict' });
    expect(await onTop.result).toEqual({ status: 'conflict' });
    expect(await log.streamVersion(stream)).toBe(1);
  });
});
