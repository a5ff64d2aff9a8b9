import { event } from '../kernel/event.js';
import type { EventDefinitions, Upcaster } from '../kernel/event-registry.js';
import { storedEventsContract, type StoredEventSamples } from './stored-events-contract.js';

class Opened extends event('account.opened')<{ owner: string }>() {}
class Moved extends event('account.moved', 2)<{ cents: number; currency: string }>() {}

/** Version 1 had whole units of one currency. */
const toCents: Upcaster = ({ amount, ...rest }) => ({
  ...rest,
  cents: Number(amount) * 100,
  currency: 'EUR',
});

const definitions = (upcaster = toCents): EventDefinitions => ({
  events: [Opened, Moved],
  upcasters: { 'account.moved': { 1: upcaster } },
});

const samples: StoredEventSamples = {
  'account.opened.v1': { data: { owner: 'Ada' }, event: new Opened({ owner: 'Ada' }) },
  'account.moved.v1': { data: { amount: 3 }, event: new Moved({ cents: 300, currency: 'EUR' }) },
  'account.moved.v2': {
    data: { cents: 250, currency: 'USD' },
    event: new Moved({ cents: 250, currency: 'USD' }),
  },
};

const checking = (changed: Record<string, unknown>, upcaster?: Upcaster) => () => {
  storedEventsContract(definitions(upcaster), { ...samples, ...changed } as StoredEventSamples);
};

describe('the contract of stored events', () => {
  it('is kept by a sample of each version', () => {
    expect(checking({})).not.toThrow();
    expect(() => {
      storedEventsContract([{ events: [Opened] }], {
        'account.opened.v1': samples['account.opened.v1'],
      } as never);
    }).not.toThrow();
  });

  it('is broken by a version without a sample', () => {
    const rest = Object.entries(samples).filter(([name]) => name !== 'account.moved.v1');
    expect(() => {
      storedEventsContract(definitions(), Object.fromEntries(rest));
    }).toThrow('Samples are missing: account.moved.v1.');
  });

  it('is broken by a sample of an event that is no longer registered', () => {
    expect(checking({ 'account.closed.v1': { data: {}, event: new Opened({ owner: 'Ada' }) } })).toThrow(
      'No registered event has these versions: account.closed.v1.',
    );
  });

  it('is broken by an upcaster that leads to something else, or changes its input', () => {
    expect(checking({}, ({ amount }) => ({ cents: amount, currency: 'EUR' }))).toThrow(
      /"account.moved.v1" is not read as its event/,
    );
    const inPlace: Upcaster = (data) => {
      data['cents'] = Number(data['amount']) * 100;
      return data;
    };
    expect(checking({}, inPlace)).toThrow(TypeError);
  });

  it('is broken by a property that was renamed without a new version', () => {
    const renamed = { data: { name: 'Ada' }, event: new Opened({ owner: 'Ada' }) };
    expect(checking({ 'account.opened.v1': renamed })).toThrow(
      /"account.opened.v1" is not read as its event/,
    );
  });

  it('is broken by an event that is not stored as its sample says', () => {
    const dated = {
      data: { owner: 'Ada' },
      event: Object.assign(new Opened({ owner: 'Ada' }), { at: undefined }),
    };
    expect(checking({ 'account.opened.v1': dated })).toThrow(/"account.opened.v1"/);
  });
});
