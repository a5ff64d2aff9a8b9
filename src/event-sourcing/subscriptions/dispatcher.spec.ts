import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { RETRY_POLICY } from '../runtime/retry-policy.js';
import type { CheckpointStore } from './checkpoints.js';
import type { Delivery } from './delivery.js';
import { Dispatcher } from './dispatcher.js';
import type { HeldCheckpoint, LogPlace } from './held-checkpoint.js';

const EVENTS = 100;
/** Together the events take longer than a turn, and shorter than a slice. */
const WORK_MS = 1;

const events = Array.from(
  { length: EVENTS },
  (_, index) => ({ position: index + 1, id: String(index + 1), stream: 'account-1' }) as RecordedEvent,
);
const held: HeldCheckpoint = {
  name: 'balances',
  position: 0,
  eventId: null,
  logId: 'log',
  epoch: 1,
  holder: 'holder',
};

function work(): void {
  for (const end = performance.now() + WORK_MS; performance.now() < end;);
}

it('gives requests their turn during a long batch', async () => {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    next = setImmediate(count);
  };
  let turnsAtLastEvent = 0;
  const delivery: Delivery = {
    keyOf: ({ stream }) => stream,
    begin: () => {
      next = setImmediate(count);
      return Promise.resolve({
        take: (): undefined => {
          work();
          turnsAtLastEvent = turns;
        },
        work: () => undefined,
        written: () => undefined,
      });
    },
    forget: () => undefined,
  };
  let next: NodeJS.Immediate | undefined;
  const checkpoints = {
    move: (from: HeldCheckpoint, to: LogPlace) => Promise.resolve({ ...from, ...to }),
  } as unknown as CheckpointStore;
  const dispatcher = new Dispatcher({} as SettledLog, checkpoints, delivery, RETRY_POLICY, () => undefined);
  await dispatcher.deliver(events, held, { position: EVENTS, eventId: String(EVENTS) });
  clearImmediate(next);
  expect(turnsAtLastEvent).toBeGreaterThan(0);
});
