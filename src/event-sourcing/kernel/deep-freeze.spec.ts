import { deepFreeze } from './deep-freeze.js';

describe('deepFreeze', () => {
  it('gives back the value itself, equal to what it was', () => {
    const state = { items: [{ tags: new Set(['a']), at: new Date(5) }], byId: new Map([['x', { n: 1 }]]) };
    const copy = structuredClone(state);
    expect(deepFreeze(state)).toBe(state);
    expect(state).toEqual(copy);
    expect(state.items[0]?.at.getTime()).toBe(5);
    expect(deepFreeze('text')).toBe('text');
    expect(deepFreeze(null)).toBeNull();
  });

  it('refuses changes at any depth, in arrays, maps, sets and dates too', () => {
    const key = { id: 1 };
    const state = deepFreeze({
      list: [{ n: 1 }],
      none: undefined,
      map: new Map([[key, { n: 1 }]]),
      set: new Set([{ n: 1 }]),
      at: new Date(5),
    });
    const changes = [
      () => state.list.push({ n: 2 }),
      () => (state.list[0] = { n: 2 }),
      () => Object.assign(state.list[0] ?? {}, { n: 2 }),
      () => state.map.set(key, { n: 2 }),
      () => state.map.delete(key),
      () => {
        state.map.clear();
      },
      () => Object.assign(state.map.get(key) ?? {}, { n: 2 }),
      () => (key.id = 2),
      () => state.set.add({ n: 2 }),
      () => Object.assign([...state.set][0] ?? {}, { n: 2 }),
      () => state.at.setTime(6),
      () => state.at.setUTCFullYear(1970),
      () => Object.assign(state, { more: 1 }),
    ];
    for (const change of changes) expect(change).toThrow(TypeError);
    expect(state.at.getTime()).toBe(5);
  });

  it('takes what is frozen at its surface only, what goes in circles, and bytes', () => {
    const inner = { n: 1 };
    const circle: { inner: { n: number }; self?: unknown; bytes: Uint8Array } = {
      inner,
      bytes: new Uint8Array([1]),
    };
    circle.self = circle;
    deepFreeze(Object.freeze({ circle }));
    expect(() => (inner.n = 2)).toThrow(TypeError);
    expect(circle.bytes[0]).toBe(1);
  });

  it('goes as deep as there is', () => {
    let deep: { next: unknown } = { next: undefined };
    const innermost = deep;
    for (let depth = 0; depth < 50_000; depth += 1) deep = { next: deep };
    deepFreeze(deep);
    expect(() => (innermost.next = 1)).toThrow(TypeError);
  });
});
