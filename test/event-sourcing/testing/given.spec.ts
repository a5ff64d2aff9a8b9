import { filter, map, scan, type Observable } from 'rxjs';
import { DomainError, recordOf, type Transaction } from '../../../src/event-sourcing/index.js';
import { eventsOf, given, recorded } from '../../../src/event-sourcing/testing/index.js';
import { account, Deposited, PriceSet, product, Withdrawn } from '../support/bank.js';
import { BalanceProjection } from '../support/views.js';

class Buy {
  constructor(readonly id: string) {}
}

/** Buys at the present price, if there is enough. */
const buy = (tx: Transaction): number => {
  const { price } = tx.read(product, 'mug').state;
  const { balance } = tx.load(account, 'carla').state;
  if (balance < price) throw new DomainError('POOR', 'There is not enough.', { price });
  tx.load(account, 'shop');
  if (price === 0) return balance;
  tx.append(account, 'carla', [new Withdrawn({ amount: price })]);
  tx.append(account, 'shop', [new Deposited({ amount: price })]);
  return balance - price;
};
const rich = eventsOf(account, 'carla', new Deposited({ amount: 10 }));
const priced = (price: number) => eventsOf(product, 'mug', new PriceSet({ price }));

describe('given the events of several streams', () => {
  it('a decision appends to some of them, in any order', () => {
    const decided = given(rich, priced(4)).when(buy);
    decided.then(
      eventsOf(account, 'shop', new Deposited({ amount: 4 })),
      eventsOf(account, 'carla', new Withdrawn({ amount: 4 })),
    );
    decided.thenReturned(6);
    expect(() => {
      decided.then(eventsOf(account, 'carla', new Withdrawn({ amount: 4 })));
    }).toThrow(/account-shop/);
  });

  it('a decision refuses, or appends nothing', () => {
    given(rich, priced(11)).when(buy).thenRefused('POOR', { price: 11 });
    given(priced(0)).when(buy).thenNothing();
    given().when(buy).thenNothing();
    expect(() => {
      given(rich, priced(1)).when(buy).thenRefused('POOR');
    }).toThrow(/Expected a refusal/);
  });

  it('a decision that misuses its transaction fails', () => {
    const careless = (tx: Transaction) => tx.append(account, 'carla', [new Deposited({ amount: 1 })]).version;
    expect(() => {
      given(rich).when(careless).thenNothing();
    }).toThrow(/Load it first/);
  });

  it('a decision happens a second after the last event', () => {
    given(rich, priced(1))
      .when((tx) => tx.now.toISOString())
      .thenReturned('2030-01-01T00:00:02.000Z');
  });
});

describe('given events', () => {
  it('a projection has rows by key, from the events that it handles', () => {
    const rows = given(rich, priced(4), eventsOf(account, 'carla', new Withdrawn({ amount: 3 }))).project(
      new BalanceProjection(),
    );
    expect([...rows]).toEqual([['account-carla', { account: 'account-carla', amount: 7, movements: 2 }]]);
    const gap = recorded(new Deposited({ amount: 1 }), { stream: 'account-carla', version: 2 });
    expect(() => given(gap).project(new BalanceProjection())).toThrow('version 2 comes after 0');
  });

  it('a saga yields commands, and knows the records', async () => {
    const saga = (events: Observable<object>) =>
      events.pipe(
        filter((event) => event instanceof Deposited),
        map((event) => new Buy(recordOf(event).stream)),
      );
    expect(await given(priced(1), rich).saga(saga)).toEqual([new Buy('account-carla')]);
    const adding = (events: Observable<object>) => events.pipe(scan((count) => count + 1, 0));
    await expect(given(priced(1), rich).saga(adding)).rejects.toThrow(/remembers events/);
  });
});

it('makes records with defaults that follow from the position', () => {
  const event = new Deposited({ amount: 1 });
  expect(recorded(event)).toMatchObject({ position: 1, stream: 'test-1', version: 1, event });
  expect(recorded(event, { version: 3 })).toMatchObject({
    position: 3,
    occurredAt: new Date('2030-01-01T00:00:02Z'),
    metadata: { actor: { type: 'system', id: null } },
  });
});
