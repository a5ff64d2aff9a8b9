import type { StreamWrite } from '../../../../src/event-sourcing/log/append/append.js';
import type { PendingAppend } from '../../../../src/event-sourcing/log/append/pending-append.js';
import { APPENDED, appendTo, groupCommit, outcomes, settle, Wire } from '../../support/wire.js';

function writeOf(name: string): StreamWrite {
  const [write] = appendTo([name]).writes;
  if (!write) throw new Error('There is one.');
  return write;
}

describe('the group commit', () => {
  it('sends a lone append at once, and gathers what comes while batches are on their way', async () => {
    const [wire, sizes] = [new Wire(), [] as number[]];
    const commit = groupCommit(wire, (size) => sizes.push(size));
    const pending = [commit.enqueue(appendTo(['a']))];
    await settle();
    pending.push(commit.enqueue(appendTo(['b'])));
    await settle();
    for (const stream of ['c', 'd', 'e', 'f', 'g']) pending.push(commit.enqueue(appendTo([stream])));
    await settle();
    expect(wire.written).toEqual([['a'], ['b']]);
    expect(commit.waiting).toBe(5);
    for (let batch = 0; batch < 4; batch += 1) await wire.answer();
    expect(wire.written).toEqual([['a'], ['b'], ['c', 'd', 'e'], ['f', 'g']]);
    expect(await outcomes(pending)).toEqual(pending.map(() => 'appended'));
    expect(sizes).toEqual([1, 1, 3, 2]);
  });

  it.each([
    ['write the same stream', appendTo(['a']), appendTo(['a'])],
    ['write and read the same stream', appendTo(['a']), appendTo(['b'], ['a'])],
    ['are of the same command', appendTo(['a'], [], 'c'), appendTo(['b'], [], 'c')],
  ])('keeps two appends apart that %s, and lets others pass', async (_, first, second) => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    for (const append of [first, second, appendTo(['z'])]) commit.enqueue(append);
    await settle();
    expect(wire.log.map(({ entries }) => entries.map(({ append }) => append))).toEqual([
      [first, appendTo(['z'])],
    ]);
    await wire.answer();
    expect(wire.log.at(-1)?.entries.map(({ append }) => append)).toEqual([second]);
  });

  it('lets nobody overtake an append that waits for the same stream', async () => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    commit.enqueue(appendTo(['a']));
    await settle();
    commit.enqueue(appendTo(['a', 'b']));
    commit.enqueue(appendTo(['b']));
    await settle();
    for (let batch = 0; batch < 3; batch += 1) await wire.answer();
    expect(wire.written).toEqual([['a'], ['a+b'], ['b']]);
  });

  it('lets two appends that only read the same stream ride together', async () => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    commit.enqueue(appendTo(['a'], ['p']));
    commit.enqueue(appendTo(['b'], ['p']));
    await settle();
    expect(wire.written).toEqual([['a', 'b']]);
  });

  it('sends an append right behind the one that it continues', async () => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    const first = commit.enqueue(appendTo(['a']));
    const second = commit.enqueue(appendTo(['a@1']), [first]);
    commit.enqueue(appendTo(['a@2']), [second]);
    await settle();
    expect(wire.log[0]?.entries.map(({ buildsOn }) => buildsOn)).toEqual([[], [0], [1]]);
  });

  it('lets one that writes a stream ride behind one that only reads it', async () => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    commit.enqueue(appendTo(['b'], ['a']));
    commit.enqueue(appendTo(['a']));
    await settle();
    expect(wire.written).toEqual([['b', 'a']]);
  });

  it('sends appends of several streams behind all that they build on', async () => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    const [a, b] = [commit.enqueue(appendTo(['a'])), commit.enqueue(appendTo(['b']))];
    const both = commit.enqueue(appendTo(['a@1', 'b@1', 'c']), [a, b]);
    const onTop = commit.enqueue(appendTo(['d'], ['b@2']), [both]);
    await settle();
    expect(wire.log[0]?.entries.map(({ buildsOn }) => buildsOn)).toEqual([[], [], [0, 1]]);
    await wire.answer();
    expect(wire.written).toEqual([['a', 'b', 'a+b+c'], ['d']]);
    expect(wire.log[1]?.entries.map(({ buildsOn }) => buildsOn)).toEqual([[]]);
    await wire.answer();
    expect(await outcomes([a, b, both, onTop])).toEqual(Array(4).fill('appended'));
  });

  it.each([
    ['another version', appendTo(['a@2'])],
    ['an earlier time', { ...appendTo([]), writes: [{ ...writeOf('a@1'), occurredAt: new Date(-1) }] }],
    ['another version of a stream that it only reads', appendTo(['b'], ['a@2'])],
  ])('holds an append back that expects %s than what it builds on leaves behind', async (_, append) => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    const base = commit.enqueue(appendTo(['a']));
    commit.enqueue(append, [base]);
    await settle();
    expect(wire.log.map(({ entries }) => entries.length)).toEqual([1]);
    await wire.answer();
    expect(wire.log.map(({ entries }) => entries.length)).toEqual([1, 1]);
  });

  it('does not send what was decided on an append that failed, whatever the failure', async () => {
    for (const failure of [
      { status: 'conflict' },
      { status: 'repeated', fingerprint: '', outcome: null },
      { status: 'error', error: new Error('x') },
    ] as const) {
      const wire = new Wire();
      const commit = groupCommit(wire);
      const failing = commit.enqueue(appendTo(['a']));
      await settle();
      const onTop = [commit.enqueue(appendTo(['a']), [failing])];
      onTop.push(commit.enqueue(appendTo(['a']), onTop.slice(-1)));
      await wire.answer([failure]);
      expect(await outcomes([failing, ...onTop])).toEqual([failure.status, 'conflict', 'conflict']);
      expect(wire.log).toHaveLength(1);
    }
  });

  it('sends a busy append again, alone and waiting, and those behind it after it', async () => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    const busy = commit.enqueue(appendTo(['a']));
    const behind = commit.enqueue(appendTo(['a@1']), [busy]);
    const other = commit.enqueue(appendTo(['b']));
    await settle();
    await wire.answer([{ status: 'busy' }, { status: 'conflict' }, APPENDED]);
    expect(await outcomes([other])).toEqual(['appended']);
    expect(wire.written.slice(1)).toEqual([['a']]);
    expect(wire.inFlight[0]?.wait).toBe(true);
    await wire.answer();
    expect(wire.inFlight[0]?.wait).toBe(false);
    await wire.answer();
    expect(await outcomes([busy, behind])).toEqual(['appended', 'appended']);
  });

  it('keeps those behind a busy append in front of who came later', async () => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    const busy = commit.enqueue(appendTo(['a']));
    const behind = commit.enqueue(appendTo(['a@1']), [busy]);
    await settle();
    const later = commit.enqueue(appendTo(['a']));
    await wire.answer([{ status: 'busy' }, { status: 'conflict' }]);
    await wire.answer();
    expect(wire.inFlight[0]?.entries.map(({ append }) => append === behind.append)).toEqual([true]);
    await wire.answer();
    expect(wire.inFlight[0]?.entries.map(({ append }) => append === later.append)).toEqual([true]);
  });

  it('does not let the busy hold up the others', async () => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    for (const stream of ['a', 'b', 'c']) commit.enqueue(appendTo([stream]));
    await settle();
    await wire.answer([{ status: 'busy' }, { status: 'busy' }, { status: 'busy' }]);
    expect(wire.inFlight).toHaveLength(3);
    const other = commit.enqueue(appendTo(['d']));
    await settle();
    // They take places of batches, but are never more than an answer away from making room.
    await wire.answer();
    await wire.answer();
    expect(wire.written.at(-1)).toEqual(['d']);
    await wire.answer();
    await wire.answer();
    expect(await outcomes([other])).toEqual(['appended']);
  });

  it('fails a whole batch, and nothing else, when no outcome is known', async () => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    const batch = ['a', 'b'].map((stream) => commit.enqueue(appendTo([stream])));
    await settle();
    const next = commit.enqueue(appendTo(['a']));
    wire.inFlight.shift()?.refuse(new Error('gone'));
    await settle();
    expect(await outcomes(batch)).toEqual(['error', 'error']);
    await wire.answer();
    expect(await outcomes([next])).toEqual(['appended']);
  });

  it('tells that something is on disk when a repeat shows that an earlier batch has stored it', async () => {
    const [wire, sizes] = [new Wire(), [] as number[]];
    const commit = groupCommit(wire, (size) => sizes.push(size));
    commit.enqueue(appendTo(['a'], [], 'c'));
    await settle();
    await wire.answer([{ status: 'repeated', fingerprint: '', outcome: null }]);
    expect(sizes).toEqual([1]);
  });

  it('fails appends for which no outcome came', async () => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    const pending = ['a', 'b'].map((stream) => commit.enqueue(appendTo([stream])));
    await settle();
    await wire.answer([APPENDED]);
    expect(await outcomes(pending)).toEqual(['appended', 'error']);
  });

  it('is drained when nothing waits and nothing is on its way', async () => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    await commit.drained();
    for (const stream of ['a', 'a', 'a']) commit.enqueue(appendTo([stream]));
    let drained = false;
    const draining = commit.drained().then(() => (drained = true));
    for (let batch = 0; batch < 3; batch += 1) {
      await settle();
      expect(drained).toBe(false);
      await wire.answer();
    }
    await draining;
  });

  it('forgets what an append has built on', async () => {
    const wire = new Wire();
    const commit = groupCommit(wire);
    let last: PendingAppend[] = [];
    for (let length = 0; length < 20; length += 1) last = [commit.enqueue(appendTo([`a@${length}`]), last)];
    const [top] = last;
    while (top?.outcome !== 'stored') {
      await settle();
      await wire.answer();
    }
    expect(top.buildsOn).toEqual([]);
  });

  it('does not overflow on a chain of any length', () => {
    const commit = groupCommit(new Wire());
    const first = commit.enqueue(appendTo(['a']));
    let last = first;
    for (let length = 0; length < 50_000; length += 1) last = commit.enqueue(appendTo(['a']), [last]);
    expect(last.restsOn(first)).toBe(true);
    expect(last.restsOn(commit.enqueue(appendTo(['b'])))).toBe(false);
  });
});
