import { KnownEvents } from './known-events.js';

const batch = (from: number, length: number) =>
  Array.from({ length }, (_, index) => ({ position: from + index, id: `event-${from + index}` }));

describe('the events that a process knows', () => {
  it('are kept once each, however they became known', () => {
    const known = new KnownEvents();
    known.add(batch(1, 3));
    known.add(batch(2, 2));
    known.add([]);
    expect(known.entries).toEqual(batch(1, 3));
    expect(known.lastPosition).toBe(3);
  });

  it('are the last ones, at least 4,096', () => {
    const known = new KnownEvents();
    for (let from = 1; from <= 20_000; from += 100) known.add(batch(from, 100));
    const positions = known.entries.map(({ position }) => position);
    expect(positions.length).toBeGreaterThanOrEqual(4_096);
    expect(positions.length).toBeLessThan(4_096 + 100);
    expect(positions.at(-1)).toBe(20_000);
    expect(known.lastPosition).toBe(20_000);
  });

  it('are all kept of a batch that is larger', () => {
    const known = new KnownEvents();
    known.add(batch(1, 10_000));
    expect(known.entries).toHaveLength(10_000);
  });
});
