import { v7 as uuidv7 } from 'uuid';
import { DomainError, MessageIdentity, withMessageContext } from '../../../src/event-sourcing/index.js';
import { LogDatabase } from '../support/log-database.js';
import { deposit, openStore, type OpenStore } from '../support/stores.js';

const MANY = 100;

let database: LogDatabase;
let here: OpenStore;
let there: OpenStore;
beforeAll(async () => {
  database = await LogDatabase.create();
  here = openStore(database.url);
  there = openStore(database.url);
});
afterAll(async () => {
  await Promise.all([here.log.close(), there.log.close()]);
  await database.drop();
});

/** Runs something as the message of an id. */
function as<T>(id: string, repeats: boolean[], work: () => Promise<T>): Promise<T> {
  const identity = new MessageIdentity(id, 'f', {
    keepsRefusal: () => false,
    precedesIdCheck: () => false,
    onEffect: (isRepeat) => repeats.push(isRepeat),
  });
  const actor = { type: 'system', id: null } as const;
  return withMessageContext({ correlationId: id, causationId: id, actor, identity }, work);
}

it('a message that comes a hundred times at once to one process is decided once for each time, not once for each pair', async () => {
  const [id, account] = [uuidv7(), uuidv7()];
  await here.store.transact((tx) => deposit(tx, account));
  let decisions = 0;
  const repeats: boolean[] = [];
  const add = () =>
    as(id, repeats, () =>
      here.store.transact((tx) => {
        decisions += 1;
        return deposit(tx, account);
      }),
    );
  const balances = await Promise.all(Array.from({ length: MANY }, add));
  expect(new Set(balances)).toEqual(new Set([2]));
  expect(repeats.filter((isRepeat) => !isRepeat)).toHaveLength(1);
  expect(repeats).toHaveLength(MANY);
  expect(decisions).toBe(MANY);
  expect(await here.log.streamVersion(`account-${account}`)).toBe(2);
});

it('it takes effect once, and is answered alike, when it comes to two processes', async () => {
  const [id, account] = [uuidv7(), uuidv7()];
  const repeats: boolean[] = [];
  const balances = await Promise.all(
    Array.from({ length: MANY }, (_, index) =>
      as(id, repeats, () => [here, there][index % 2]?.store.transact((tx) => deposit(tx, account)) ?? fail()),
    ),
  );
  expect(new Set(balances)).toEqual(new Set([1]));
  expect(repeats.filter((isRepeat) => !isRepeat)).toHaveLength(1);
  expect(await here.log.streamVersion(`account-${account}`)).toBe(1);
});

function fail(): never {
  throw new Error('There are two processes.');
}

describe('an outcome that no event tells', () => {
  it('is the first one for every repeat, also in another process', async () => {
    const id = uuidv7();
    const repeats: boolean[] = [];
    let found = 0;
    const find = ({ store }: OpenStore) => as(id, repeats, () => store.firstOutcomeOf(() => (found += 1)));
    expect(await Promise.all([find(here), find(here), find(here)])).toEqual([1, 1, 1]);
    expect(await find(there)).toBe(1);
    expect(repeats).toEqual([false, true, true, true]);
  });

  it('may be a refusal, which is remembered if the message asks for that', async () => {
    const refuse = (id: string, message: string, keepsRefusal: boolean) => {
      const handling = {
        keepsRefusal: () => keepsRefusal,
        precedesIdCheck: () => false,
        onEffect: () => undefined,
      };
      const identity = new MessageIdentity(id, 'f', handling);
      const actor = { type: 'system', id: null } as const;
      return withMessageContext({ correlationId: id, causationId: id, actor, identity }, () =>
        here.store.firstOutcomeOf(() => Promise.reject(new DomainError('NO', message))),
      );
    };
    const [kept, lost] = [uuidv7(), uuidv7()];
    await expect(refuse(kept, 'first', true)).rejects.toThrow('first');
    await expect(refuse(kept, 'second', true)).rejects.toThrow('first');
    await expect(refuse(lost, 'first', false)).rejects.toThrow('first');
    await expect(refuse(lost, 'second', false)).rejects.toThrow('second');
  });

  it('is not remembered after a fault, nor for a message without an identity', async () => {
    const id = uuidv7();
    const fault = as(id, [], () => here.store.firstOutcomeOf(() => Promise.reject(new TypeError('broken'))));
    await expect(fault).rejects.toThrow(TypeError);
    expect(await as(id, [], () => here.store.firstOutcomeOf(() => 'whole'))).toBe('whole');
    const outcomes = ['one', 'two'].map((outcome) => here.store.firstOutcomeOf(() => outcome));
    expect(await Promise.all(outcomes)).toEqual(['one', 'two']);
  });
});
