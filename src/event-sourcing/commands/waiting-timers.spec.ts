import { WaitingTimers } from './waiting-timers.js';

const HOUR_MS = 3_600_000;
const dueAt = Date.UTC(2030, 0, 1);

function remembered(count: number): WaitingTimers {
  const timers = new WaitingTimers();
  for (let index = 0; index < count; index += 1) {
    timers.remember({ id: `timer ${index}`, dueAt, leftMs: HOUR_MS }, performance.now());
  }
  return timers;
}

it('knows that a timer waits until it is due soon, and until it is forgotten', () => {
  const timers = remembered(2);
  timers.remember({ id: 'due soon', dueAt, leftMs: 1 }, performance.now());
  timers.remember({ id: 'remembered late', dueAt, leftMs: HOUR_MS }, performance.now() - HOUR_MS);
  expect(timers.waitsUntil('timer 0')).toBe(dueAt);
  expect(timers.waitsUntil('due soon')).toBeUndefined();
  expect(timers.waitsUntil('remembered late')).toBeUndefined();
  timers.forget('timer 0');
  expect(timers.waitsUntil('timer 0')).toBeUndefined();
  expect(timers.waitsUntil('timer 1')).toBe(dueAt);
});

it('remembers the 20,000 timers that were used last', () => {
  const timers = remembered(20_000);
  expect(timers.waitsUntil('timer 0')).toBe(dueAt);
  timers.remember({ id: 'one more', dueAt, leftMs: HOUR_MS }, performance.now());
  expect(timers.waitsUntil('timer 0')).toBe(dueAt);
  expect(timers.waitsUntil('timer 1')).toBeUndefined();
  expect(timers.waitsUntil('one more')).toBe(dueAt);
});
