import type { RecordedEvent } from '../../kernel/recorded-event.js';
import { RecentEvents } from './recent-events.js';

const events = (from: number, to: number, step = 1): RecordedEvent[] =>
  Array.from(
    { length: Math.floor((to - from) / step) + 1 },
    (_, index) => ({ position: from + index * step }) as RecordedEvent,
  );
const positions = (found: RecordedEvent[] | undefined): number[] | undefined =>
  found?.map(({ position }) => position);

describe('the end of the log in memory', () => {
  it('gives what follows a position, also where positions are missing', () => {
    const recent = new RecentEvents();
    recent.add(events(2, 20, 3));
    expect(positions(recent.after(0, 3))).toEqual([2, 5, 8]);
    expect(positions(recent.after(5, 2))).toEqual([8, 11]);
    expect(positions(recent.after(6, 2))).toEqual([8, 11]);
    expect(positions(recent.after(20, 5))).toEqual([]);
  });

  it('does not know what came before it began', () => {
    const recent = new RecentEvents();
    recent.restartAt(100);
    recent.add(events(101, 110));
    expect(recent.after(99, 10)).toBeUndefined();
    expect(positions(recent.after(100, 2))).toEqual([101, 102]);
  });

  it('forgets what is old, and knows that it did', () => {
    const recent = new RecentEvents();
    for (let from = 1; from <= 20_000; from += 500) recent.add(events(from, from + 499));
    expect(recent.after(0, 1)).toBeUndefined();
    const [first] = recent.after(19_000, 1) ?? [];
    expect(first?.position).toBe(19_001);
    let oldest = 0;
    while (recent.after(oldest, 1) === undefined) oldest += 1;
    expect(positions(recent.after(oldest, 2))).toEqual([oldest + 1, oldest + 2]);
    expect(recent.after(oldest, 20_000)).toHaveLength(20_000 - oldest);
    expect(20_000 - oldest).toBeLessThanOrEqual(8_192);
  });
});
