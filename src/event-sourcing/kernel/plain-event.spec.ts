import { EventRegistry } from './event-registry.js';

class ItemFound {
  static readonly schemaVersion: number = 2;
  constructor(
    readonly heroId: string,
    readonly item: unknown,
  ) {}
}

class Slept {
  constructor(readonly until: Date) {}
  static readonly fromStored = ({ until }: { until: string }): Slept => new Slept(new Date(until));
}

const upcasters = {
  'hero.item-found': { 1: ({ hero, item }: Record<string, unknown>) => ({ heroId: hero, item }) },
};

function registry(): EventRegistry {
  const made = new EventRegistry();
  made.register({ events: { 'hero.item-found': ItemFound, 'hero.slept': Slept }, upcasters });
  return made;
}

describe('an event class with a constructor of its own', () => {
  it('is stored under the name that it is registered under, with its own properties', () => {
    const event = new ItemFound('1', 'sword') as ItemFound & { type: string };
    const { type, schemaVersion } = registry().classOf(event);
    expect({ type, schemaVersion }).toEqual({ type: 'hero.item-found', schemaVersion: 2 });
    expect(JSON.stringify(event)).toBe('{"heroId":"1","item":"sword"}');
  });

  it('is rebuilt with its prototype, from data of any schema version', () => {
    for (const [version, data] of [
      [1, { hero: '1', item: 'sword' }] as const,
      [2, { heroId: '1', item: 'sword' }] as const,
    ]) {
      const rebuilt = registry().rebuild('hero.item-found', version, data);
      expect(rebuilt).toBeInstanceOf(ItemFound);
      expect(rebuilt).toEqual(new ItemFound('1', 'sword'));
    }
  });

  it('is rebuilt by fromStored, if it has that', () => {
    const slept = new Slept(new Date(5)) as Slept & { type: string };
    expect(registry().asStored(slept)).toStrictEqual(slept);
  });

  it.each([
    ['a date', new Date(), /ItemFound.item is an instance of Date.*fromStored/],
    ['a map deep inside', { of: [{ gold: new Map() }] }, /ItemFound.item.of\[0\].gold is an instance of Map/],
    ['a number that JSON does not have', NaN, /ItemFound.item is NaN/],
    ['a gap in a list', [undefined], /ItemFound.item\[0\] is of type undefined/],
    ['a function', () => 1, /ItemFound.item is of type function/],
  ])('is refused with %s', (_, item, message) => {
    expect(() => registry().classOf(new ItemFound('1', item) as never)).toThrow(message);
  });

  it('is accepted with plain data at any depth, and without what is undefined', () => {
    const item = { name: 'sword', runes: ['a', { of: null }], at: undefined };
    expect(registry().classOf(new ItemFound('1', item) as never)).toBe(ItemFound);
    expect(registry().classOf(new ItemFound('1', undefined) as never)).toBe(ItemFound);
  });

  it('is refused if it is not registered', () => {
    class Fled {
      readonly heroId = '1';
    }
    expect(() => registry().classOf(new Fled() as never)).toThrow(/^Fled is not a registered event class/);
  });

  it('has one name', () => {
    expect(() => {
      registry().register({ events: { 'hero.thing-found': ItemFound } });
    }).toThrow(/ItemFound is called "hero.item-found" and "hero.thing-found"/);
  });
});
