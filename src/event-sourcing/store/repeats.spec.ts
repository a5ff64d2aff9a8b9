import { DomainError } from '../kernel/domain-error.js';
import { Repeats, type Turn } from './repeats.js';

const command = { id: 'the id', fingerprint: 'f', outcome: { at: new Date(0), none: undefined } };
const REPEATED = { status: 'repeated', fingerprint: 'f', outcome: { at: '1970-01-01T00:00:00.000Z' } };

/** Runs several commands of one id at once. Each says how it ends; `others` is how many were at it at the time. */
async function atOnce(ends: readonly ((turn: Turn) => void)[]) {
  const repeats = new Repeats();
  const begun: unknown[] = [];
  let running = 0;
  const results = await Promise.allSettled(
    ends.map((end, index) =>
      repeats.inTurn('the id', async (turn) => {
        running += 1;
        begun.push([index, running, turn.outcome]);
        await Promise.resolve();
        running -= 1;
        end(turn);
        return index;
      }),
    ),
  );
  return { begun, results: results.map(({ status }) => status) };
}

const store = (turn: Turn): void => {
  turn.stored(command);
};
const refuse = (): void => {
  throw new DomainError('STALE', 'Not now.');
};
const fail = (): void => {
  throw new Error('The log is out of reach.');
};

describe('commands of one id that come at once', () => {
  it('wait for the first, and all have its outcome then, as it reads when it comes from the log', async () => {
    const { begun, results } = await atOnce([store, store, store]);
    expect(begun).toEqual([
      [0, 1, undefined],
      [1, 1, REPEATED],
      [2, 2, REPEATED],
    ]);
    expect(results).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  });

  it('have the outcome, too, where it is a refusal', async () => {
    const storeRefusal = (turn: Turn): void => {
      store(turn);
      refuse();
    };
    const { begun, results } = await atOnce([storeRefusal, refuse]);
    expect(begun).toEqual([
      [0, 1, undefined],
      [1, 1, REPEATED],
    ]);
    expect(results).toEqual(['rejected', 'rejected']);
  });

  it('are run one after the other as long as they are refused and that is not remembered', async () => {
    const { begun } = await atOnce([refuse, refuse, store, refuse]);
    expect(begun).toEqual([
      [0, 1, undefined],
      [1, 1, undefined],
      [2, 1, undefined],
      [3, 1, REPEATED],
    ]);
  });

  it('do not wait for each other after a fault', async () => {
    const { begun } = await atOnce([fail, store, store]);
    expect(begun).toEqual([
      [0, 1, undefined],
      [1, 1, undefined],
      [2, 2, undefined],
    ]);
  });

  it('are forgotten when they are done, and do not wait for those of other ids', async () => {
    const repeats = new Repeats();
    const outcomes: unknown[] = [];
    const look = (turn: Turn) =>
      Promise.resolve(outcomes.push(turn.outcome)).then(() => {
        store(turn);
      });
    await repeats.inTurn('one', () => repeats.inTurn('other', look));
    await repeats.inTurn('one', look);
    await repeats.inTurn('other', look);
    expect(outcomes).toEqual([undefined, undefined, undefined]);
  });
});
