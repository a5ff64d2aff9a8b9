import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { newId } from '../../runtime/new-id.js';
import type { Cases, StoreSubject } from './contract-case.js';
import { Added, additions, append, Emptied, METADATA, newStream, plain, write } from './contract-domain.js';

/** How a log is read. */
export const readingCases: Cases = {
  'gives each reader an instance of its own, as it survives JSON': async (subject) => {
    const stream = newStream();
    const at = new Date(Date.UTC(2031, 4, 6, 7, 8, 9, 123));
    const note = { at, left: undefined, list: [undefined, -0, 1.5], text: 'ä 🛒 "quoted" \n' };
    await append(subject, [write(stream, 0, [new Added({ amount: 2, note })], at)]);
    const [first] = await subject.log.readStream(stream);
    const [second] = await subject.log.readStream(stream);
    ok(first?.event instanceof Added);
    notEqual(first.event, second?.event);
    deepEqual(plain(first.event), plain({ amount: 2, note }));
    equal(Object.keys(first.event).length, 2);
    deepEqual(first.metadata, METADATA);
    deepEqual(first.occurredAt, at);
    equal(first.event.type, 'contract.added');
  },

  'reads a stream from a version on, as far as it is asked': async (subject) => {
    const stream = newStream();
    await append(subject, [write(stream, 0, additions(5))]);
    const versions = async (options: { after?: number; limit?: number }): Promise<number[]> =>
      (await subject.log.readStream(stream, options)).map(({ version }) => version);
    deepEqual(await versions({}), [1, 2, 3, 4, 5]);
    deepEqual(await versions({ after: 3 }), [4, 5]);
    deepEqual(await versions({ after: 1, limit: 2 }), [2, 3]);
    deepEqual(await versions({ after: 5 }), []);
    deepEqual(await subject.log.readStream(newStream()), []);
  },

  'reads several streams at once, each in order': async (subject) => {
    const [one, other] = [newStream(), newStream()];
    await append(subject, [write(one, 0, additions(3)), write(other, 0, additions(2))]);
    const found = await subject.log.readStreams([
      { stream: one, after: 1 },
      { stream: other, after: 0 },
      { stream: newStream(), after: 0 },
    ]);
    const of = (stream: string): number[] =>
      found.filter((recorded) => recorded.stream === stream).map(({ version }) => version);
    deepEqual([of(one), of(other), found.length], [[2, 3], [1, 2], 4]);
  },

  'reads the log by position': async (subject) => {
    const { log } = subject;
    const { stream, after, positions } = await fiveEvents(subject);
    const last = positions.at(-1) ?? 0;
    const own = (recorded: { readonly stream: string }): boolean => recorded.stream === stream;
    const all = (await log.readRange(after, last, 10_000)).filter(own);
    deepEqual(
      all.map(({ position }) => position),
      positions,
    );
    deepEqual(await log.readRange(last, last, 10), []);
    equal((await log.readRange(after, last, 1)).length, 1);
    const emptied = await log.readRangeOfType({ after, upTo: last }, 'contract.emptied', 10_000);
    deepEqual(
      emptied.filter(own).map(({ version }) => version),
      [5],
    );
    equal(await log.positionAhead(after, last, 1_000_000), last);
  },

  'reads a page for some types: without the others, up to its last event': async (subject) => {
    const { log } = subject;
    const { after, positions } = await fiveEvents(subject);
    const upTo = positions.at(-1) ?? 0;
    for (const type of ['contract.added', 'contract.emptied']) {
      for (const limit of [1, 3, 10_000]) {
        const all = await log.readRange(after, upTo, limit);
        deepEqual(
          await log.readRangeFor(new Set([type]), { after, upTo }, limit),
          all.filter((recorded) => recorded.event.type === type || recorded === all.at(-1)),
        );
      }
    }
    deepEqual(await log.readRangeFor(new Set(), { after: upTo, upTo }, 10), []);
  },

  'finds events by their positions and ids, in the order of the log': async (subject) => {
    const { log } = subject;
    const { stream, positions } = await fiveEvents(subject);
    const events = await log.readStream(stream);
    const ids = events.map(({ id }) => id);
    const backwards = [...positions].reverse();
    deepEqual(await log.readPositions([...backwards, 2 ** 50]), events);
    deepEqual(await log.readIds([...ids, newId()].reverse()), events);
    deepEqual(
      [...(await log.idsAt([...positions, 2 ** 50]))].sort(([a], [b]) => a - b),
      positions.map((position, index) => [position, ids[index]]),
    );
  },

  'knows the ends of streams, and their versions at a position': async (subject) => {
    const { log } = subject;
    const { stream, after, positions } = await fiveEvents(subject);
    const end = await log.endOfStream(stream);
    deepEqual([end.version, end.occurredAt], [5, new Date(2030, 0, 1)]);
    deepEqual(await log.endOfStream(newStream()), { version: 0, occurredAt: undefined });
    equal(await log.versionAt(stream, after), 0);
    equal(await log.versionAt(stream, positions[2] ?? 0), 3);
    equal(await log.versionAt(stream, 2 ** 50), 5);
    ok(((await log.lastEntry())?.position ?? 0) >= (positions.at(-1) ?? 0));
    const entry = await log.lastEntry(positions[1]);
    equal(entry?.position, positions[1]);
    ok((await log.lookUpHead()) >= (positions.at(-1) ?? 0));
  },
};

/** A stream of five events, the position before them, and their positions. */
async function fiveEvents(
  subject: StoreSubject,
): Promise<{ readonly stream: string; readonly after: number; readonly positions: readonly number[] }> {
  const stream = newStream();
  const after = await subject.log.lookUpHead();
  await append(subject, [write(stream, 0, additions(2))]);
  await append(subject, [write(newStream(), 0)]);
  await append(subject, [write(stream, 2, [...additions(2), new Emptied({ reason: 'contract' })])]);
  const positions = (await subject.log.readStream(stream)).map(({ position }) => position);
  return { stream, after, positions };
}
