import { setImmediate } from 'node:timers/promises';
import { SharedReads } from './shared-reads.js';

interface Statement {
  readonly keys: readonly string[];
  answer(result?: string): void;
  fail(error: Error): void;
}

let statements: Statement[];
let reads: SharedReads<string>;

beforeEach(() => {
  statements = [];
  reads = new SharedReads(async (keys) => {
    const result = await new Promise<string>((resolve, fail) => {
      statements.push({
        keys,
        answer: (answer = 'found') => {
          resolve(answer);
        },
        fail,
      });
    });
    return new Map(keys.map((key) => [key, `${key} ${result}`]));
  });
});

/** Waits until reads that have begun are sent. */
const turn = async (): Promise<void> => {
  await setImmediate();
  await setImmediate();
};
const keysSent = (): readonly string[][] => statements.map(({ keys }) => [...keys]);

describe('reads of several keys', () => {
  it('share a statement if they begin in the same turn', async () => {
    const all = Promise.all(['a', 'b', 'a'].map((key) => reads.read(key)));
    await turn();
    expect(keysSent()).toEqual([['a', 'b']]);
    statements[0]?.answer();
    expect(await all).toEqual(['a found', 'b found', 'a found']);
  });

  it('never share a statement that began before them', async () => {
    const before = reads.read('a');
    await turn();
    const after = [reads.read('a'), reads.read('b')];
    await turn();
    expect(keysSent()).toEqual([['a'], ['a', 'b']]);
    statements[1]?.answer('new');
    expect(await Promise.all(after)).toEqual(['a new', 'b new']);
    statements[0]?.answer('old');
    expect(await before).toBe('a old');
  });

  it('wait together while two statements are under way', async () => {
    const under = ['a', 'b'].map(async (key) => {
      if (key === 'b') await turn();
      return reads.read(key);
    });
    await turn();
    await turn();
    const waiting = [reads.read('c'), reads.read('d')];
    await turn();
    expect(keysSent()).toEqual([['a'], ['b']]);
    statements[1]?.answer();
    await turn();
    expect(keysSent()).toEqual([['a'], ['b'], ['c', 'd']]);
    statements[0]?.answer();
    statements[2]?.answer();
    expect(await Promise.all([...under, ...waiting])).toEqual(['a found', 'b found', 'c found', 'd found']);
  });

  it('fail together, and later ones go on', async () => {
    const all = Promise.allSettled([reads.read('a'), reads.read('b')]);
    await turn();
    const after = reads.read('c');
    const lost = Object.assign(new Error('lost'), { code: '57P01' });
    statements[0]?.fail(lost);
    expect(await all).toMatchObject([{ reason: lost }, { reason: lost }]);
    await turn();
    statements[1]?.answer();
    expect(await after).toBe('c found');
  });

  it.each(['22P02', '23514', undefined])(
    'are repeated one by one if a key is not accepted: %s',
    async (code) => {
      const refused = Object.assign(new Error('no UUID'), { code });
      const all = Promise.allSettled([reads.read('a'), reads.read('x')]);
      await turn();
      statements[0]?.fail(refused);
      await turn();
      expect(keysSent()).toEqual([['a', 'x'], ['a'], ['x']]);
      statements[1]?.answer();
      statements[2]?.fail(refused);
      expect(await all).toMatchObject([{ value: 'a found' }, { reason: refused }]);
    },
  );
});
