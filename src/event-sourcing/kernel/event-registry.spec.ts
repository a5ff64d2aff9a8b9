import { event } from './event.js';
import { EventRegistry, UnknownEventError } from './event-registry.js';

class Opened extends event('account.opened')<{ owner: string }>() {}
class Renamed extends event('account.renamed', 3)<{ first: string; last: string }>() {}
class Impostor extends event('account.opened')<{ owner: string }>() {}

const upcasters = {
  'account.renamed': {
    1: (data: Record<string, unknown>) => ({ full: data['name'] }),
    2: (data: Record<string, unknown>) => {
      const [first, last] = String(data['full']).split(' ');
      return { first, last };
    },
  },
};

function registry(): EventRegistry {
  const made = new EventRegistry();
  made.register({ events: [Opened, Renamed], upcasters });
  return made;
}

describe('an event class', () => {
  it('stores its data and nothing else', () => {
    expect(JSON.stringify(new Opened({ owner: 'Ada' }))).toBe('{"owner":"Ada"}');
    expect(new Opened({ owner: 'Ada' }).type).toBe('account.opened');
  });
});

describe('the event registry', () => {
  it('rebuilds an instance of the class from stored data', () => {
    const rebuilt = registry().rebuild('account.opened', 1, { owner: 'Ada' });
    expect(rebuilt).toBeInstanceOf(Opened);
    expect(rebuilt).toEqual(new Opened({ owner: 'Ada' }));
  });

  it('lifts data of old schema versions step by step', () => {
    const latest = new Renamed({ first: 'Ada', last: 'Lovelace' });
    expect(registry().rebuild('account.renamed', 1, { name: 'Ada Lovelace' })).toEqual(latest);
    expect(registry().rebuild('account.renamed', 2, { full: 'Ada Lovelace' })).toEqual(latest);
    expect(registry().rebuild('account.renamed', 3, { first: 'Ada', last: 'Lovelace' })).toEqual(latest);
  });

  it('lists all events but those of some types, in every known schema version', () => {
    const names = ['account.renamed/1', 'account.renamed/2', 'account.renamed/3'];
    expect(registry().storedNamesExcept(new Set(['account.opened']))).toEqual(names);
    expect(registry().storedNamesExcept(new Set(['account.closed']))).toEqual(['account.opened/1', ...names]);
  });

  it('refuses a type that it does not know, and one from the future', () => {
    expect(() => registry().rebuild('account.closed', 1, {})).toThrow(UnknownEventError);
    expect(() => registry().rebuild('account.opened', 2, {})).toThrow(UnknownEventError);
  });

  it('takes from other systems the types that are marked for it, and no others', () => {
    const made = registry();
    const check = () => [{ pointer: '/owner', code: 'IS_OWNER', message: 'must be an owner' }];
    made.register({ events: [Opened], reports: { 'account.opened': check } });
    expect(made.reportCheck('account.opened')).toBe(check);
    expect(made.reportCheck('account.renamed')).toBeUndefined();
    expect(made.reportCheck('account.closed')).toBeUndefined();
    expect(made.reported('account.opened', { owner: 'Ada' })).toStrictEqual(new Opened({ owner: 'Ada' }));
    expect(made.reported('account.renamed', { first: 'Ada', last: 'L.' })).toBeInstanceOf(Renamed);
    expect(() => {
      made.register({ events: [], reports: { 'account.closed': check } });
    }).toThrow(/"account.closed" may be reported, but no class is called that/);
  });

  it('refuses two classes of one name, an unregistered class, and a gap between schema versions', () => {
    expect(() => {
      registry().register({ events: [Impostor] });
    }).toThrow(/Two event classes are called "account.opened"/);
    expect(() => registry().classOf(new Impostor({ owner: 'Eve' }))).toThrow(UnknownEventError);
    expect(() => {
      new EventRegistry().register({
        events: [Renamed],
        upcasters: { 'account.renamed': { 1: (data) => data } },
      });
    }).toThrow(/nothing upcasts version 2/);
  });
});
