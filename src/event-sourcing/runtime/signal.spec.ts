import { Signal } from './signal.js';

describe('a signal', () => {
  it('wakes a waiter', async () => {
    const signal = new Signal();
    const woken = signal.wait(60_000);
    signal.set();
    await woken;
  });

  it('is kept for the next waiter, once', async () => {
    const signal = new Signal();
    signal.set();
    signal.set();
    await signal.wait(60_000);
    let woken = false;
    const second = signal.wait(60_000).then(() => (woken = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(woken).toBe(false);
    signal.set();
    await second;
  });

  it('ends a wait after its time and leaves no timer behind', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const signal = new Signal();
    await signal.wait(1);
    const woken = signal.wait(60_000);
    expect(timers()).toBe(before + 1);
    signal.set();
    await woken;
    expect(timers()).toBe(before);
  });
});
