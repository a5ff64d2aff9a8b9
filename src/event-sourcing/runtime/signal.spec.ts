import { jest } from '@jest/globals';
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
    jest.useFakeTimers();
    const signal = new Signal();
    const timedOut = signal.wait(1);
    jest.advanceTimersByTime(1);
    await timedOut;
    const woken = signal.wait(60_000);
    expect(jest.getTimerCount()).toBe(1);
    signal.set();
    await woken;
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
});
